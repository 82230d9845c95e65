using System.Globalization;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Recovers damaged threads as they are opened, into files of the quarantine.</summary>
internal sealed class AutomaticRecovery : IAutomaticRecovery
{
    private readonly OnCorrupt _what;
    private readonly string _directory;
    private readonly AbsentVariables _absent = new();

    private AutomaticRecovery(OnCorrupt what, string directory) => (_what, _directory) = (what, directory);

    /// <summary>What the options ask for; null where damage is told.</summary>
    public static IAutomaticRecovery? Of(AgentStateOptions options) => options.OnCorrupt == OnCorrupt.Throw ? null : new AutomaticRecovery(options.OnCorrupt, options.QuarantineDirectory!);

    public async ValueTask<bool> FinishAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
    {
        if (_absent.Contains(key, store.Now))
        {
            return false;
        }

        store = store.ForEverybody();
        if (!await HeldEntries.ListAsync(store, key, cancellationToken).AnyAsync(HeadProperties.IsShown, cancellationToken).ConfigureAwait(false))
        {
            _absent.Add(key, store.Now);
            return false;
        }

        await new ThreadRecovery(store, key).ResumeAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    public async ValueTask RecoverAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
    {
        var path = Path.Combine(_directory, NameOf(key, store.Now));
        try
        {
            Directory.CreateDirectory(_directory);
            var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 64 * 1024, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                var quarantine = new DurableStream(file);
                // What the application shares is nobody's, and no user's view changes it: it is recovered for everybody.
                var recovery = new ThreadRecovery(key.Space == ThreadSpace.App ? store.ForEverybody() : store, key);
                if (_what == OnCorrupt.Empty)
                {
                    await recovery.EmptyAsync(quarantine, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await recovery.RunAsync(new() { Quarantine = quarantine }, cancellationToken).ConfigureAwait(false);
                }
            }

            RemoveIfEmpty(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without a quarantine, nothing is taken out of a thread.
            throw new StoreUnavailableException($"Thread '{key}' is damaged, and what is damaged cannot be brought to safety in '{path}': {e.Message}", e);
        }
    }

    // Somebody else has recovered it meanwhile.
    private static void RemoveIfEmpty(string path)
    {
        if (new FileInfo(path).Length == 0)
        {
            File.Delete(path);
        }
    }

    private static string NameOf(ThreadKey key, DateTimeOffset now)
    {
        var space = key.Space == ThreadSpace.Threads ? "" : key.Space.ToName() + ".";
        var id = string.Concat(key.Id.Value.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_'));
        return string.Create(CultureInfo.InvariantCulture, $"{space}{id}.{now.UtcDateTime:yyyyMMdd'T'HHmmssfff}.{Guid.NewGuid():N}.jsonl");
    }
}
