using Microsoft.Extensions.AI;

namespace Holdfast.Backends.Tests;

/// <summary>Points, labels, restores and differences on every backend, also by two stores at once.</summary>
public sealed class TimeMachineTests
{
    private const string Hostile = "l ../\u202e\"\\{%7B}:* 北京 👩‍🚀";

    public static TheoryData<Backend> Backends => [.. Enum.GetValues<Backend>().Select(backend => new TheoryDataRow<Backend>(backend))];

    [Theory, MemberData(nameof(Backends))]
    public async Task EveryVersion_IsFound_ReturnedTo_AndCompared(Backend backend)
    {
        await using var store = new AgentStateStore(await Servers.NewLogAsync(backend));
        var thread = store.Thread("a");
        var states = new List<string> { "" };
        var times = new List<DateTimeOffset> { default };
        for (var i = 1; i <= 12; i++)
        {
            var commit = await store.UpdateAsync("a", session =>
            {
                session.History.Add(ChatRole.User, $"say {i} {Hostile}");
                session.Variables.Set(i % 3 == 0 ? "big" : $"k{i % 4}", new string('x', i % 3 == 0 ? 9_000 : i));
                session.Variables.Append("list", i);
            });
            states.Add(await JsonAsync());
            times.Add(commit.At);
        }

        await thread.LabelAsync(Hostile, 5);
        (await thread.RestoreAsync(ThreadPoint.AtLabel(Hostile))).Restores.ShouldBe(5);
        (await JsonAsync()).ShouldBe(states[5]);
        (await thread.RestoreAsync(12)).Version.ShouldBe(15);
        (await JsonAsync()).ShouldBe(states[12]);
        (await thread.RollbackAsync(4)).Restores.ShouldBe(11);
        (await JsonAsync()).ShouldBe(states[11]);
        (await thread.DiffAsync(11))!.IsEmpty.ShouldBeTrue();
        (await thread.DiffAsync(9, 11))!.Messages.Count.ShouldBe(2);
        var atTime = (await thread.LoadAsync(ThreadPoint.AtTime(times[7])))!.Version!.Value;
        times[(int)atTime].ShouldBeLessThanOrEqualTo(times[7]);
        (await thread.LabelsAsync()).Select(label => (label.Name, label.Version)).ShouldBe([(Hostile, 5)]);
        (await thread.VerifyAsync())!.Problems.ShouldBeEmpty();

        async Task<string> JsonAsync() => ((await thread.LoadAsync())! with { Version = null, Position = null }).ToJson();
    }

    [Theory, MemberData(nameof(Backends))]
    public async Task RestoresAndCommits_AtOnce_LoseNothing(Backend backend)
    {
        await using var store = new AgentStateStore(await Servers.NewLogAsync(backend));
        await store.UpdateAsync("a", session => session.Variables.Set("n", 0));

        await Task.WhenAll(Enumerable.Range(1, 3).Select(i => Task.Run(async () =>
        {
            for (var j = 0; j < 4; j++)
            {
                await store.UpdateAsync("a", session => session.History.Add(ChatRole.User, $"{i}/{j}"));
                await store.Thread("a").RestoreAsync(1);
                await store.Thread("a").LabelAsync($"{i}/{j}", 1);
            }
        })));

        var said = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var commit in store.Thread("a").LogAsync())
        {
            said.UnionWith((await store.LoadAsync("a", commit.Version))!.Messages.Select(message => message.Text));
        }

        said.Count.ShouldBe(12);
        (await store.Thread("a").LabelsAsync()).Count.ShouldBe(12);
        (await store.LoadAsync("a"))!.Messages.ShouldBeEmpty();
        (await store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }
}
