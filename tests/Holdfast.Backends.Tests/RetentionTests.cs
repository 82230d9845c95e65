using Holdfast.Logs;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;

namespace Holdfast.Backends.Tests;

/// <summary>A random history with labels and forks is trimmed on every backend, beside one who writes: what the plan keeps is the state that was there, and everything else is told as dropped.</summary>
public sealed class RetentionTests
{
    private const int Versions = 420;

    public static TheoryData<Backend> Backends => [.. Enum.GetValues<Backend>().Select(backend => new TheoryDataRow<Backend>(backend))];

    [Theory, MemberData(nameof(Backends))]
    public async Task WhatThePlanKeeps_IsTheStateThatWasThere(Backend backend)
    {
        // Servers with a clock of their own are not asked for the past: what was committed there is older than a day.
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-3));
        var log = await Servers.NewLogAsync(backend);
        await using var store = new AgentStateStore(log, new() { TimeProvider = clock });
        var thread = store.Thread("a");
        var random = new Random(Versions);
        var states = new List<string> { "" };
        var session = await store.OpenAsync("a");
        while (session.Version < Versions)
        {
            Change(session, random, states.Count);
            await session.CommitAsync();
            states.Add(Text(session));
            if (states.Count - 1 == 60)
            {
                await thread.ForkAsync("f", new() { At = 40 });
            }
        }

        await thread.LabelAsync("early", 20);
        await thread.LabelAsync("late", 100);
        clock.SetUtcNow(TimeProvider.System.GetUtcNow());
        var policy = new RetentionPolicy { KeepVersions = 1, MaxMessages = 5 };
        var plan = (await thread.TrimAsync(policy))!;

        plan.EmptiedVersions.ShouldBeGreaterThan(0);
        foreach (var version in Enumerable.Range(1, Versions).Where(version => version % 9 == 0 || plan.Kept.Any(range => version == range.From || version == range.To || version == range.To + 1)))
        {
            if (plan.Kept.Any(range => range.Contains(version)))
            {
                Variables((await thread.LoadAsync(version))!).ShouldBe(states[version], $"version {version}");
            }
            else
            {
                (await Should.ThrowAsync<HistoryDroppedException>(async () => await thread.LoadAsync(version))).DroppedAt.ShouldNotBeNull();
            }
        }

        await foreach (var entry in log.ReadAsync(ThreadKey.Of("a")))
        {
            (entry.RewrittenHash is null).ShouldBe(plan.Kept.Any(range => range.Contains(entry.Version)) || entry.Version > plan.Version, $"version {entry.Version}");
        }

        await store.UpdateAsync("a", other => other.Variables.Set("after", 1));
        (await thread.PlanTrimAsync(policy))!.IsEmpty.ShouldBeTrue();
        (await thread.LogAsync().CountAsync()).ShouldBe((int)(plan.Version - plan.KeepFrom + 2));
        (await thread.RestoreAsync(ThreadPoint.AtLabel("early"))).Restores.ShouldBe(20);
        Variables((await thread.LoadAsync())!).ShouldBe(states[20]);
        Variables((await store.LoadAsync("f"))!).ShouldBe(states[40]);
        (await thread.VerifyAsync())!.Problems.ShouldBeEmpty();
        (await store.Thread("f").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    private static void Change(ThreadSession session, Random random, int number)
    {
        session.Variables.Set($"k{random.Next(6)}", new string('x', random.Next(120)) + number);
        if (random.Next(5) == 0)
        {
            session.Variables.Remove($"k{random.Next(6)}");
            session.Variables.Append("list", number);
        }

        if (random.Next(3) == 0)
        {
            session.History.Add(ChatRole.User, $"say {number}");
        }

        if (random.Next(20) == 0)
        {
            session.History.KeepLast(1);
        }
    }

    private static string Text(ThreadSession session) => Sorted(session.Variables.Select(pair => $"{pair.Key}={pair.Value}"));

    private static string Variables(AgentState state) => Sorted(state.Variables.Select(pair => $"{pair.Key}={pair.Value}"));

    private static string Sorted(IEnumerable<string> parts) => string.Join('\n', parts.Order(StringComparer.Ordinal));
}
