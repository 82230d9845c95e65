using System.Text;
using Holdfast.Logs;
using Holdfast.Testing;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>Rewrites of threads that are copied in several parts.</summary>
public sealed class RewriteTests : RedisLogTest
{
    [Theory]
    [EachServer]
    public async Task Rewrite_OfALongThreadWhileItIsAppendedTo_ReplacesEverything(ServerKind kind)
    {
        var (log, raw, thread) = (await OpenAsync(kind), await OpenRawAsync(kind), Thread("a"));
        await thread.AppendManyAsync(log, 1200, keyframes: [100, 1190], Cancellation);
        var replacements = Enumerable.Range(100, 1000).Where(version => version % 3 == 0)
            .ToDictionary(version => (long)version, version => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"new {version}"));
        var appending = Task.Run(() => thread.AppendManyAsync(log, 50, cancellationToken: Cancellation), Cancellation);

        (await log.RewriteAsync(thread.Key, replacements, 100, Cancellation)).ShouldBeTrue();

        await appending;
        thread.AcceptRewrite(replacements, 100);
        await ExpectAsync(log, thread);
        (await KeysOfAsync(raw, kind)).ShouldBe([(string)Keys.Head(thread.Key)!, (string)Keys.Log(thread.Key)!], ignoreOrder: true, "the copy took the place of the log");
    }

    [Theory]
    [EachServer]
    public async Task Rewrites_AtOnce_AllTakeEffect(ServerKind kind)
    {
        var (log, thread) = (await OpenAsync(kind), Thread("a"));
        await thread.AppendManyAsync(log, 700, keyframes: [700], Cancellation);
        var parts = Enumerable.Range(0, 5)
            .Select(i => Enumerable.Range(1, 699).Where(version => version % 5 == i).ToDictionary(version => (long)version, version => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"{i}: {version}")))
            .ToList();

        var answers = await Task.WhenAll(parts.Select(part => Task.Run(async () => await log.RewriteAsync(thread.Key, part, 0, Cancellation))));

        answers.ShouldAllBe(answer => answer);
        parts.ForEach(part => thread.AcceptRewrite(part));
        await ExpectAsync(log, thread);
    }

    [Theory]
    [EachServer]
    public async Task Rewrite_OfAThreadThatIsErasedMeanwhile_BringsNothingBack(ServerKind kind)
    {
        var (log, raw) = (await OpenAsync(kind), await OpenRawAsync(kind));
        var threads = Enumerable.Range(0, 5).Select(i => Thread($"{i}")).ToList();
        await Task.WhenAll(threads.Select(thread => thread.AppendManyAsync(log, 600, keyframes: [600], Cancellation)));
        foreach (var thread in threads)
        {
            var rewriting = Task.Run(async () => await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [5] = "{}"u8.ToArray() }, 0, Cancellation));
            var erasing = Task.Run(async () => await log.EraseAsync(thread.Key, null, Cancellation));

            await Task.WhenAll(rewriting, erasing);

            (await log.ReadTailAsync(thread.Key, 0, Cancellation)).ShouldBeNull();
            (await raw.KeyExistsAsync(Keys.Log(thread.Key))).ShouldBeFalse();
        }
    }

    [Theory]
    [EachServer]
    public async Task Rewrite_OfLargeBodies_IsSentInParts(ServerKind kind)
    {
        var (log, thread) = (await OpenAsync(kind), Thread("a"));
        for (var i = 0; i < 6; i++)
        {
            await thread.AppendAsync(log, new() { Body = Filled(3_000_000, i), IsKeyframe = i == 5 }, Cancellation);
        }

        var replacements = Enumerable.Range(1, 5).ToDictionary(version => (long)version, version => (ReadOnlyMemory<byte>)Filled(5_000_000, 100 + version));
        await log.RewriteAsync(thread.Key, replacements, 0, Cancellation);

        thread.AcceptRewrite(replacements);
        await ExpectAsync(log, thread);
    }

    [Fact]
    public async Task Copy_OfARewriteThatWasCutShort_Expires()
    {
        var (log, raw, thread) = (await OpenAsync(ServerKind.SingleServer), await OpenRawAsync(ServerKind.SingleServer), Thread("a"));
        await thread.AppendManyAsync(log, 3, keyframes: [3], Cancellation);
        var copy = Keys.Copy(thread.Key, Guid.NewGuid());
        var connection = await OpenConnectionAsync(ServerKind.SingleServer);
        using var call = await connection.EnterAsync(Cancellation);

        await call.RunAsync(
            Connecting.RedisScripts.RewriteCopy,
            [Keys.Head(thread.Key), Keys.Log(thread.Key), copy],
            [thread.Head!.Life.ToByteArray(), "0", "", 1, 1, 2, 0, 60_000, "0"],
            Connecting.Access.Write,
            Cancellation);

        (await raw.KeyTimeToLiveAsync(copy)).ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromSeconds(1));
        await ExpectAsync(log, thread);
    }

    private static byte[] Filled(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task ExpectAsync(ICommitLog log, ThreadWriter thread)
    {
        var read = await log.ReadAsync(thread.Key, cancellationToken: Cancellation).ToListAsync(Cancellation);
        read.Count.ShouldBe(thread.Entries.Count);
        foreach (var (entry, expected) in read.Zip(thread.Entries))
        {
            (entry with { Body = default }).ShouldBe(expected with { Body = default });
            entry.Body.Span.SequenceEqual(expected.Body.Span).ShouldBeTrue($"the body of version {entry.Version}");
        }

        (await log.GetHeadAsync(thread.Key, Cancellation))!.ChainHash.ShouldBe(thread.Head!.ChainHash);
    }

    private async Task<List<string>> KeysOfAsync(IDatabase raw, ServerKind kind)
    {
        var servers = kind == ServerKind.Cluster ? (await SharedServers.Cluster).Masters : [await SharedServers.Server];
        return [.. servers.SelectMany(server => raw.Multiplexer.GetServer(server.Address).Keys(0, Prefix + "{*")).Select(key => (string)key!)];
    }
}
