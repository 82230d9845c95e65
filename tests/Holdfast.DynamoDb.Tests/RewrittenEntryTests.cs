using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>That a body was replaced is kept with the entry, also when it comes from another log.</summary>
public sealed class RewrittenEntryTests
{
    [Theory]
    [InlineData(20)]
    [InlineData(200_000)]
    public async Task Append_OfAnEntryThatWasRewrittenElsewhere_KeepsThat(int size)
    {
        await using var log = await SharedServer.OpenAsync();
        var thread = new ThreadWriter(ThreadKey.Of("t" + Guid.NewGuid().ToString("N"), "chat"));
        var body = new byte[size];

        await thread.AppendAsync(log, new() { BodyHash = Digest.Compute("{}"u8), Body = body });
        await thread.AppendAsync(log);

        (await log.ReadAsync(thread.Key).Select(entry => entry.RewrittenHash).ToListAsync()).ShouldBe([Digest.Compute(body), null]);
        (await log.ReadTailAsync(thread.Key))!.Entries.Select(entry => entry.RewrittenHash).ShouldBe([Digest.Compute(body), null]);
    }

    [Fact]
    public async Task Copy_OfARedactedThread_IsWhole()
    {
        await using var source = new AgentStateStore(new InMemoryCommitLog());
        for (var turn = 1; turn <= 30; turn++)
        {
            await source.UpdateAsync("chat", session => session.Variables.Set("secret", new string('x', 2000) + turn));
        }

        var keyframe = (await source.CommitLog.GetHeadAsync(ThreadKey.Of("chat")))!.KeyframeVersion;
        keyframe.ShouldBeGreaterThan(3);
        var body = (await source.CommitLog.ReadAsync(ThreadKey.Of("chat"), 3, 3).SingleAsync()).Body;
        (await source.CommitLog.RewriteAsync(ThreadKey.Of("chat"), new Dictionary<long, ReadOnlyMemory<byte>> { [2] = body })).ShouldBeTrue();
        await using var table = await OwnTable.CreateAsync();
        await using var target = new AgentStateStore(table.OpenThroughProxy());

        var result = await source.CopyToAsync(target);

        result.Failures.ShouldBeEmpty();
        (await target.Thread("chat").VerifyAsync())!.Problems.ShouldBe((await source.Thread("chat").VerifyAsync())!.Problems);
        (await target.CommitLog.ReadAsync(ThreadKey.Of("chat")).Where(entry => entry.RewrittenHash is not null).Select(entry => entry.Version).ToListAsync()).ShouldBe([2]);
    }
}
