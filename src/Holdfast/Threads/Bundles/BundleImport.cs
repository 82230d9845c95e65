using System.Diagnostics;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads threads from a bundle into a store, one after the other. Each is shown once it is whole; forks, once what they show of others is there and pinned.</summary>
internal sealed class BundleImport(StoreContext store, string tenant, Stream input, ImportOptions options, IProgress<BundleProgress>? progress)
{
    private readonly List<CopyFailure> _failures = [];
    private readonly List<ThreadCopy> _forks = [];
    private readonly List<ThreadCopy> _trunks = [];
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

        try
        {
            await ReadAsync(options.DryRun ? CheckAsync : ImportAsync, progress, cancellationToken).ConfigureAwait(false);
            foreach (var fork in _forks)
            {
                await ShowAsync(fork, cancellationToken).ConfigureAwait(false);
            }

            await DiscardHiddenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidBundleException)
        {
            await DiscardHiddenAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }

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
        var (isTrunk, isFork) = (source.Head.Key.Space == ThreadSpace.Trunks, ForkReading.IsFork(source.Head));
        var copy = new ThreadCopy(source, store) { IsHeldBack = isTrunk || isFork };
        try
        {
            RefuseUnlessAllowed(source.Head);
            if (isTrunk && await HasThreadAsync(source.Head, cancellationToken).ConfigureAwait(false))
            {
                // A life is in a store once: forks show that thread.
                return;
            }

            await copy.RunAsync(_ => { }, cancellationToken).ConfigureAwait(false);
            await source.DrainAsync(cancellationToken).ConfigureAwait(false);
            if (source.IsCut)
            {
                return;
            }

            if (isTrunk || isFork)
            {
                (isTrunk ? _trunks : _forks).Add(copy);
            }
            else
            {
                Count(copy);
            }
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

    private void Count(ThreadCopy copy)
    {
        _imported += copy.Commits > 0 ? 1 : 0;
        _unchanged += copy.Commits == 0 ? 1 : 0;
    }

    private async ValueTask<bool> HasThreadAsync(ThreadHead trunk, CancellationToken cancellationToken)
        => trunk.Key.TryGetTrunk(out var thread, out _) && (await store.Unguarded.GetHeadAsync(thread, cancellationToken).ConfigureAwait(false))?.Life == trunk.Life;

    private async ValueTask ShowAsync(ThreadCopy fork, CancellationToken cancellationToken)
    {
        try
        {
            var head = await store.Unguarded.GetHeadAsync(fork.Head.Key, cancellationToken).ConfigureAwait(false) ?? throw new ThreadNotFoundException(fork.Head.Key);
            foreach (var origin in (await ForkReading.FirstAsync(store, head, cancellationToken).ConfigureAwait(false))?.Origins ?? [])
            {
                await PinAsync(head, origin, cancellationToken).ConfigureAwait(false);
            }

            await fork.ShowAsync(cancellationToken).ConfigureAwait(false);
            Count(fork);
        }
        catch (AgentStateException e) when (e is not StoreUnavailableException)
        {
            _failures.Add(new(fork.Head.Key, e));
        }
    }

    // A trunk is shown with its first pin: without one, a clean-up would erase it.
    private async ValueTask PinAsync(ThreadHead fork, Origin origin, CancellationToken cancellationToken)
    {
        var pin = new Pin { Life = fork.Life, Key = fork.Key, From = origin.From, To = origin.To };
        while (true)
        {
            var head = await ForkReading.FindAsync(store, fork.Key, origin, cancellationToken).ConfigureAwait(false);
            var trunk = _trunks.FirstOrDefault(copy => copy.Head.Key == head?.Key);
            if (head is null || head.FirstVersion > origin.From || head.Version < origin.To || (trunk is null && !HeadProperties.IsShown(head)))
            {
                throw new HistoryDroppedException(
                    fork.Key, origin.From, fork.FirstVersion, $"Thread '{fork.Key}' cannot be imported: it shows versions {origin.From} to {origin.To} of thread '{origin.Id}', which neither the bundle nor the store has.");
            }

            if (head.Pins!.Contains(pin) || await store.Unguarded.UpdateHeadAsync(new() { Key = head.Key, IfLife = head.Life, IfRevision = head.Revision, AddPins = [pin] }, cancellationToken).ConfigureAwait(false) is not null)
            {
                if (trunk is not null)
                {
                    await trunk.ShowAsync(cancellationToken).ConfigureAwait(false);
                }

                return;
            }
        }
    }

    // Forks that lack something, and trunks that no fork has pinned.
    private async ValueTask DiscardHiddenAsync(CancellationToken cancellationToken)
    {
        foreach (var copy in _forks.Concat(_trunks))
        {
            await copy.DiscardAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void RefuseUnlessAllowed(ThreadHead head)
    {
        if (head.Key.Tenant != tenant && !options.AllTenants)
        {
            throw new ThreadAccessDeniedException(head.Key, $"Thread '{head.Key}' of the bundle belongs to another tenant than the store. ImportOptions.AllTenants imports threads of every tenant.");
        }

        if (store.User is { } user && (head.Key.Space is not (ThreadSpace.Threads or ThreadSpace.Trunks) || head.UserId != user))
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
