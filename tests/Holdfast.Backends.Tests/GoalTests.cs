namespace Holdfast.Backends.Tests;

/// <summary>Goals and decisions come back from every backend as they were stored.</summary>
public sealed class GoalTests
{
    private const string Hostile = "g ../\u202e\"\\{%7B}:* 北京 👩‍🚀";

    public static TheoryData<Backend> Backends => [.. Enum.GetValues<Backend>().Select(backend => new TheoryDataRow<Backend>(backend))];

    [Theory, MemberData(nameof(Backends))]
    public async Task GoalsAndDecisions_OfSessionsAtOnce_AreAllThere(Backend backend)
    {
        await using var store = new AgentStateStore(await Servers.NewLogAsync(backend));
        var top = new Goal { Id = Hostile, Text = "\u0000 top", Status = GoalStatus.InProgress, Order = 1 };
        await store.UpdateAsync("a", session => session.Goals.Put(top));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            var session = await store.OpenAsync("a", new() { RebaseOnConflict = true });
            for (var j = 0; j < 5; j++)
            {
                var goal = session.Goals.Put(new() { Id = $"{i}/{j}", Text = Hostile, ParentId = Hostile, Progress = j / 4d, Order = 2 });
                session.Goals.AddTodo(goal.Id, session.Todos.Add("do it").Id);
                session.Decisions.Add(new() { Text = $"{i}/{j}", Reason = Hostile, Alternatives = [Hostile], GoalId = Hostile, By = $"agent {i}" });
                await session.CommitAsync();
            }
        })));

        var opened = await store.OpenAsync("a");
        opened.Goals.Find(Hostile).ShouldBe(top);
        opened.Goals.Tree().Single().Children.Count.ShouldBe(20);
        opened.Goals.ProgressOf(Hostile).ShouldBe(0.5);
        var decisions = await opened.Decisions.ListAsync().ToListAsync();
        decisions.Select(decision => decision.Number).ShouldBe(Enumerable.Range(1, 20).Reverse().Select(number => (long)number));
        decisions.Select(decision => decision.Text).ShouldBe(Enumerable.Range(0, 20).Select(i => $"{i / 5}/{i % 5}"), ignoreOrder: true);
        decisions.ShouldAllBe(decision => decision.Reason == Hostile && decision.GoalId == Hostile && decision.Alternatives.Single() == Hostile);
        (await opened.Decisions.GetAsync(decisions[7].Id)).ShouldBe(decisions[7]);
        (await store.Thread("a").DecisionsAsync().ToListAsync()).ShouldBe(decisions);
        var state = (await store.LoadAsync("a"))!;
        AgentState.FromJson(state.ToJson()).ShouldBe(state);
        (await store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }
}
