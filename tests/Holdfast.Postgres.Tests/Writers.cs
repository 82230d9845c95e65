using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>Writers that go on whatever happens, and say what was acknowledged.</summary>
internal static class Writers
{
    /// <summary>Appends one entry to a thread that others append to as well.</summary>
    public static async Task<AcknowledgedCommit> AppendWithRetryAsync(ICommitLog log, ThreadKey key)
    {
        while (true)
        {
            var request = ThreadWriter.From(key, await log.ReadTailAsync(key)).Next();
            if ((await log.AppendAsync(request)).Outcome == AppendOutcome.Appended)
            {
                return new(key, request.Entry.Version, request.Entry.CommitId);
            }
        }
    }

    /// <summary>
    /// Appends to a thread, alone or with others, until told to stop. An append that fails because the store is unavailable is repeated as it is until its
    /// outcome is known.
    /// </summary>
    public static async Task<List<AcknowledgedCommit>> AppendUntilAsync(ICommitLog log, ThreadKey key, CancellationToken stop)
    {
        var acknowledged = new List<AcknowledgedCommit>();
        while (!stop.IsCancellationRequested)
        {
            var tail = await InsistAsync(async () => await log.ReadTailAsync(key));
            var writer = ThreadWriter.From(key, tail);
            var request = writer.Next(new() { IsKeyframe = writer.Version % 16 == 15 });
            var result = await InsistAsync(async () => await log.AppendAsync(request));
            if (result.Outcome != AppendOutcome.Conflict)
            {
                acknowledged.Add(new(key, request.Entry.Version, request.Entry.CommitId));
            }
        }

        return acknowledged;
    }

    public static async Task<T> InsistAsync<T>(Func<Task<T>> action)
    {
        while (true)
        {
            try
            {
                return await action();
            }
            catch (StoreUnavailableException)
            {
                await Patience.PauseAsync();
            }
        }
    }
}
