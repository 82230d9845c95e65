using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Backends.Tests;

/// <summary>A stored body that is garbage gives the same answers on every backend, and hides no version that is whole.</summary>
public sealed class DamageTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("talk");

    public static TheoryData<Backend> Backends => [.. Enum.GetValues<Backend>().Select(backend => new TheoryDataRow<Backend>(backend))];

    [Theory, MemberData(nameof(Backends))]
    public async Task ADamagedVersion_FailsWhatNeedsItAndNothingElse(Backend backend)
    {
        await using var store = new AgentStateStore(await Servers.NewLogAsync(backend));
        for (var i = 1; i <= 8; i++)
        {
            await store.UpdateAsync("talk", session => session.History.Add(ChatRole.User, i == 5 ? new string('x', 31_234) : $"turn {i}"));
        }

        var log = await store.Thread("talk").LogAsync().ToListAsync();
        log.Where(commit => commit.IsKeyframe).ShouldHaveSingleItem().Version.ShouldBe(6);
        await store.CommitLog.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>> { [3] = "{\"v\":1,"u8.ToArray() });

        foreach (var version in new long[] { 1, 2 })
        {
            (await store.LoadAsync("talk", version))!.Messages.Count.ShouldBe((int)version);
        }

        // Version 3 has a message that every later version shows.
        foreach (var version in new ThreadPoint[] { 3, 4, 5, 6, 8, ThreadPoint.Newest })
        {
            (await Should.ThrowAsync<CorruptStateException>(async () => await store.LoadAsync("talk", version))).Version.ShouldBe(3, $"{version}");
        }

        var session = await store.OpenAsync("talk");
        (await session.History.LastAsync(2)).Select(message => message.Text).ShouldBe(["turn 7", "turn 8"]);
        (await Should.ThrowAsync<CorruptStateException>(async () => await session.History.LastAsync(8))).Version.ShouldBe(3);
        var told = new List<long>();
        (await Should.ThrowAsync<CorruptStateException>(async () =>
        {
            await foreach (var commit in store.Thread("talk").LogAsync())
            {
                told.Add(commit.Version);
            }
        })).Version.ShouldBe(3);
        told.ShouldBe([8, 7, 6, 5, 4]);

        var report = (await store.Thread("talk").VerifyAsync())!;
        (report.Version, report.Entries).ShouldBe((8, 8));
        report.Problems.ShouldHaveSingleItem().Version.ShouldBe(3);
        session.History.Add(ChatRole.User, "turn 9");
        (await session.CommitAsync()).Version.ShouldBe(9);
        (await store.ListAsync().ToListAsync()).ShouldHaveSingleItem().Version.ShouldBe(9);
        (await store.Thread("talk").EraseAsync()).ShouldBeTrue();
        (await store.LoadAsync("talk")).ShouldBeNull();
    }
}
