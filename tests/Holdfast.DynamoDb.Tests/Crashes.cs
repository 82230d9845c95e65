using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>What the tests of crashes share.</summary>
internal static class Crashes
{
    public static readonly ThreadKey Key = ThreadKey.Of("acme", "chat-7");

    public static async Task<ThreadWriter> WriteAsync(DynamoDbCommitLog log)
    {
        var thread = new ThreadWriter(Key);
        for (var version = 1; version <= 8; version++)
        {
            await thread.AppendAsync(log, new() { IsKeyframe = version is 3 or 4 or 7, Body = version is 2 or 6 ? Bytes(70_000 * version) : null });
        }

        return thread;
    }

    /// <summary>Runs the scenario with a crash after the first request, after the second, and so on until there is nothing left to crash in.</summary>
    public static async Task<int> CrashAfterEveryRequestAsync(OwnTable table, Func<Func<Func<Task>, Task>, Task> scenario)
    {
        for (var requests = 1; ; requests++)
        {
            var crashed = true;
            await scenario(async action =>
            {
                var reached = table.Proxy.CrashAfter(requests);
                var error = await Record.ExceptionAsync(action);
                crashed = reached();
                await table.Proxy.SettleAsync();
                table.Proxy.Heal();
                if (error is not null && error is not StoreUnavailableException)
                {
                    throw new InvalidOperationException($"The crash after {requests} requests should have been told of as unavailability.", error);
                }
            });
            if (!crashed)
            {
                return requests - 1;
            }
        }
    }

    public static async Task ExpectAsync(DynamoDbCommitLog log, ThreadWriter thread)
    {
        (await log.GetHeadAsync(thread.Key))?.ChainHash.ShouldBe(thread.Head?.ChainHash ?? default);
        var read = new List<LogEntry>();
        await foreach (var entry in log.ReadAsync(thread.Key))
        {
            read.Add(entry);
        }

        ShouldBeSame(read, thread.Entries);
        ShouldBeSame((await log.ReadTailAsync(thread.Key, int.MaxValue))?.Entries ?? [], thread.Entries);
    }

    private static void ShouldBeSame(IReadOnlyList<LogEntry> read, IReadOnlyList<LogEntry> expected)
    {
        read.Select(entry => (entry.Version, entry.CommitId, entry.RewrittenHash)).ShouldBe(expected.Select(entry => (entry.Version, entry.CommitId, entry.RewrittenHash)));
        read.Select(entry => Digest.Compute(entry.Body.Span)).ShouldBe(expected.Select(entry => Digest.Compute(entry.Body.Span)));
    }

    public static async Task<long> CountAsync(DynamoDbCommitLog log, ThreadKey key)
    {
        var count = 0;
        await foreach (var _ in log.ReadAsync(key))
        {
            count++;
        }

        return count;
    }

    /// <summary>The sort key of an entry.</summary>
    public static string Sort(ThreadWriter thread, long version) => Place.Of(thread.Key, thread.Head!.Life).Sort(version);

    public static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
