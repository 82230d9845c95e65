using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>Tails that are read in several pieces are one picture all the same.</summary>
public sealed class TailTests : RedisLogTest
{
    private const int Count = 40;

    [Theory]
    [EachServer]
    public async Task Tail_OfManyMebibytes_IsWhole(ServerKind kind)
    {
        var (log, thread) = (await OpenAsync(kind), Thread("a"));
        for (var i = 1; i <= Count; i++)
        {
            await thread.AppendAsync(log, new() { Body = new byte[(i % 7 * 50_000) + i], IsKeyframe = i == 2 }, Cancellation);
        }

        var tail = (await log.ReadTailAsync(thread.Key, 0, Cancellation))!;

        tail.Head.Version.ShouldBe(Count);
        tail.Entries.Select(entry => (entry.Version, entry.Body.Length)).ShouldBe(thread.Entries.Skip(1).Select(entry => (entry.Version, entry.Body.Length)));
        var since = new LogPosition(thread.Head!.Life, 20, default);
        (await log.ReadTailAsync(new TailRequest { Key = thread.Key, Since = since }, Cancellation))!.Entries.Select(entry => entry.Version).ShouldBe(Enumerable.Range(21, 20).Select(i => (long)i));
    }

    [Theory]
    [EachServer]
    public async Task Tail_ThatIsReadWhileTheThreadIsRewrittenAndAppendedTo_MixesNothing(ServerKind kind)
    {
        const int Rewrites = 12;
        var (log, thread) = (await OpenAsync(kind), Thread("a"));
        for (var i = 1; i <= Count; i++)
        {
            await thread.AppendAsync(log, new() { Body = Filled(0), IsKeyframe = i == Count }, Cancellation);
        }

        var writing = Task.Run(async () =>
        {
            for (var i = 1; i <= Rewrites; i++)
            {
                await log.RewriteAsync(thread.Key, Enumerable.Range(1, Count - 1).ToDictionary(version => (long)version, _ => (ReadOnlyMemory<byte>)Filled(i)), 0, Cancellation);
                await thread.AppendAsync(log, cancellationToken: Cancellation);
            }
        });
        do
        {
            var tail = (await log.ReadTailAsync(thread.Key, int.MaxValue, Cancellation))!;
            tail.Entries.Count.ShouldBe((int)tail.Head.Version);
            tail.Entries.Take(Count - 1).Select(entry => (long)entry.Body.Span[0]).Distinct().ShouldBe([tail.Head.Revision]);
        }
        while (!writing.IsCompleted);

        await writing;
    }

    [Theory]
    [EachServer]
    public async Task Tail_OfAThreadThatIsErasedAndBegunAnewMeanwhile_IsOfOneLife(ServerKind kind)
    {
        var log = await OpenAsync(kind);
        await WriteAsync(log, 0);
        var writing = Task.Run(async () =>
        {
            for (var life = 1; life <= 8; life++)
            {
                await log.EraseAsync(ThreadKey.Of("a"), null, Cancellation);
                await WriteAsync(log, life);
            }
        });
        do
        {
            if (await log.ReadTailAsync(ThreadKey.Of("a"), 0, Cancellation) is { } tail)
            {
                tail.Entries.Count.ShouldBe((int)tail.Head.Version);
                tail.Entries.Select(entry => entry.Body.Span[0]).Distinct().Count().ShouldBe(1);
                tail.Entries[0].CommitId.ShouldBe(tail.Head.Life);
            }
        }
        while (!writing.IsCompleted);

        await writing;
    }

    [Theory]
    [EachServer]
    public async Task Read_WithAnEntryThatIsDamaged_ReturnsAllThatIsWholeBeforeAndAfterIt(ServerKind kind)
    {
        var (log, raw, thread) = (await OpenAsync(kind), await OpenRawAsync(kind), Thread("a"));
        await thread.AppendManyAsync(log, 9, cancellationToken: Cancellation);
        var entries = await raw.StreamRangeAsync(Keys.Log(thread.Key));
        await raw.KeyDeleteAsync(Keys.Log(thread.Key));
        foreach (var entry in entries)
        {
            await raw.StreamAddAsync(Keys.Log(thread.Key), entry.Id == "5-0" ? [new NameValueEntry("m", "what")] : entry.Values, entry.Id);
        }

        foreach (var (direction, before, next) in ((ReadDirection, long[], ReadRequest)[])
        [
            (ReadDirection.Forward, [1, 2, 3, 4], new() { Key = thread.Key, From = 6 }),
            (ReadDirection.Backward, [9, 8, 7, 6], new() { Key = thread.Key, To = 4, Direction = ReadDirection.Backward }),
        ])
        {
            var read = new List<long>();
            var error = await Should.ThrowAsync<CorruptStateException>(async () =>
            {
                await foreach (var entry in log.ReadAsync(thread.Key, direction: direction, cancellationToken: Cancellation))
                {
                    read.Add(entry.Version);
                }
            });

            error.Version.ShouldBe(5);
            read.ShouldBe(before);
            (await log.ReadAsync(next, Cancellation).CountAsync(Cancellation)).ShouldBe(4);
        }
    }

    private static async Task WriteAsync(RedisCommitLog log, int life)
    {
        var thread = Thread("a");
        for (var i = 0; i < 30; i++)
        {
            await thread.AppendAsync(log, new() { Body = Filled(life) }, Cancellation);
        }
    }

    private static byte[] Filled(int value)
    {
        var body = new byte[100_000];
        body.AsSpan().Fill((byte)value);
        return body;
    }
}
