using System.Diagnostics;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads threads from a bundle into a store, one after the other. Each is shown once it is whole.</summary>
internal sealed class BundleImport(StoreContext store, string tenant, Stream input, ImportOptions options, IProgress<BundleProgress>? progress)
{
    private readonly List<CopyFailure> _failures = [];
    private long _imported;
    private long _unchanged;
    private long _commits;
    private long _skipped;
    private long _threads;
    private long _read;

    /// <summary>Checks the whole bundle before the first write, where it can be read twice.</summary>
    public async ValueTask<ImportResult> RunAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (input.CanSeek && !options.DryRun)
        {
            var start = input.Position;
            await ReadAsync(CheckAsync, null, cancellationToken).ConfigureAwait(false);
            input.Position = start;
        }

        await ReadAsync(options.DryRun ? CheckAsync : ImportAsync, progress, cancellationToken).ConfigureAwait(false);
        var result = new ImportResult(_imported, _unchanged, _commits, _skipped, _failures);
        if (!options.DryRun)
        {
            StoreLog.Imported(store.Logger, result.Imported, result.Commits, result.Unchanged, result.Skipped, result.Failures.Count, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return result;
    }

    private async ValueTask ReadAsync(
        Func<BundleSource, CancellationToken, ValueTask> take, IProgress<BundleProgress>? told, CancellationToken cancellationToken)
    {
        (_imported, _unchanged, _commits, _skipped, _threads, _read) = (0, 0, 0, 0, 0, 0);
        _failures.Clear();
        using var reader = new BundleReader(input);
        await reader.ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
        var (threads, entries) = (0L, 0L);
        while (true)
        {
            var (name, value) = await reader.NextAsync("a thread, or the total,", cancellationToken).ConfigureAwait(false);
            if (name == "total")
            {
                CheckTotal(reader, value, threads, entries);
                await reader.ExpectEndAsync(cancellationToken).ConfigureAwait(false);
                return;
            }

            if (name != "thread")
            {
                throw reader.Wrong($"a thread, or the total, is expected; found '{name}'.");
            }

            var source = new BundleSource(reader, store.Bodies, reader.Read(value, BundleHeads.Read));
            await take(source, cancellationToken).ConfigureAwait(false);
            await source.DrainAsync(cancellationToken).ConfigureAwait(false);
            _skipped += source.IsCut ? 1 : 0;
            (threads, entries) = source.IsCut ? (threads, entries) : (threads + 1, entries + source.Entries);
            (_threads, _read) = (_threads + 1, _read + source.Entries);
            told?.Report(new(_threads, _read, reader.Bytes));
        }
    }

    private async ValueTask CheckAsync(BundleSource source, CancellationToken cancellationToken)
    {
        await source.DrainAsync(cancellationToken).ConfigureAwait(false);
        _imported += source.IsCut ? 0 : 1;
    }

    private async ValueTask ImportAsync(BundleSource source, CancellationToken cancellationToken)
    {
        var copy = new ThreadCopy(source, store);
        try
        {
            RefuseUnlessAllowed(source.Head);
            await copy.RunAsync(_ => { }, cancellationToken).ConfigureAwait(false);
            await source.DrainAsync(cancellationToken).ConfigureAwait(false);
            _imported += copy.Commits > 0 && !source.IsCut ? 1 : 0;
            _unchanged += copy.Commits == 0 && !source.IsCut ? 1 : 0;
        }
        catch (BundleSource.CutException)
        {
            await copy.DiscardAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidBundleException)
        {
            await copy.DiscardAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
        catch (AgentStateException e) when (e is not StoreUnavailableException)
        {
            // One thread that cannot be imported does not keep the others from it.
            _failures.Add(new(source.Head.Key, e));
        }
        finally
        {
            _commits += copy.Commits;
        }
    }

    private void RefuseUnlessAllowed(ThreadHead head)
    {
        if (head.Key.Tenant != tenant && !options.AllTenants)
        {
            throw new ThreadAccessDeniedException(head.Key, $"Thread '{head.Key}' of the bundle belongs to another tenant than the store. ImportOptions.AllTenants imports threads of every tenant.");
        }

        if (store.User is { } user && (head.Key.Space != ThreadSpace.Threads || head.UserId != user))
        {
            throw new ThreadAccessDeniedException(head.Key, $"Thread '{head.Key}' of the bundle does not belong to the user whose view of the store this is.");
        }
    }

    private static void CheckTotal(BundleReader reader, JsonElement total, long threads, long entries)
    {
        var said = reader.Read(total, element => (Threads: element.GetProperty("threads").GetInt64(), Entries: element.GetProperty("entries").GetInt64()));
        if (said != (threads, entries))
        {
            throw reader.Wrong($"it says that the bundle has {said.Threads} threads with {said.Entries} entries; {threads} with {entries} came.");
        }
    }
}
