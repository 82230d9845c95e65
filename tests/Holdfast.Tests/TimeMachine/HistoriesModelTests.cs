using System.Text;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.TimeMachine;

/// <summary>Random histories of commits, restores, rollbacks and labels against a model: the JSON of the state of each version. A restore equals the state that was there, and nothing else changes.</summary>
public sealed class HistoriesModelTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task ARestore_EqualsTheStateThatWasThere(int seed)
    {
        var random = new Random(seed);
        var test = new TestStore();
        var thread = test.Store.Thread("a");
        var states = new List<string> { "" };
        var labels = new Dictionary<string, long>(StringComparer.Ordinal);
        await test.CommitAsync("a", session => session.Say("begun"));
        states.Add(await JsonAsync(thread));
        for (var step = 0; step < 50; step++)
        {
            var version = states.Count - 1;
            if (random.Next(3) > 0)
            {
                await test.CommitAsync("a", session => Change(session, random));
            }
            else
            {
                await GoBackAsync(version);
            }

            var state = await JsonAsync(thread);
            if ((await thread.GetInfoAsync())!.Version == states.Count)
            {
                states.Add(state);
            }

            state.ShouldBe(states[^1], $"seed {seed}, step {step}");
            test.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        for (var version = 1; version < states.Count; version++)
        {
            (await JsonAsync(thread, version)).ShouldBe(states[version], $"seed {seed}, version {version}");
        }

        (await thread.LabelsAsync()).ToDictionary(label => label.Name, label => label.Version).ShouldBe(labels, ignoreOrder: true);
        (await thread.VerifyAsync())!.Problems.ShouldBeEmpty();

        async Task GoBackAsync(int version)
        {
            var target = random.Next(1, version + 1);
            switch (random.Next(4))
            {
                case 0:
                    await ExpectAsync(await thread.RollbackAsync(Math.Max(version - target, 1)), version == target ? version - 1 : target);
                    break;
                case 1:
                    var name = $"label {random.Next(5)}";
                    await thread.LabelAsync(name, target, new() { Move = true });
                    labels[name] = target;
                    break;
                case 2 when labels.Count > 0:
                    var (label, labelled) = labels.ElementAt(random.Next(labels.Count));
                    await ExpectAsync(await thread.RestoreAsync(ThreadPoint.AtLabel(label)), labelled);
                    break;
                default:
                    await ExpectAsync(await thread.RestoreAsync(target), target);
                    break;
            }
        }

        async Task ExpectAsync(CommitInfo commit, long target)
        {
            var wanted = target == 0 ? await JsonAsync(thread, 0) : states[(int)target];
            (await JsonAsync(thread)).ShouldBe(wanted, $"seed {seed}: version {target} restored by {commit}");
            (await thread.DiffAsync(target))!.IsEmpty.ShouldBeTrue($"seed {seed}: version {target} restored by {commit}");
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 16)];

    // What the state says, in an order that does not depend on how it came about.
    private static async Task<string> JsonAsync(ThreadHandle thread, ThreadPoint point = default)
    {
        var state = (await thread.LoadAsync(point))!;
        var text = new StringBuilder();
        text.Append(state.Status).Append(' ').Append(state.Agent).Append(' ').AppendJoin(',', state.Messages.Names()).Append(' ');
        text.AppendJoin(',', state.Variables.Order(Comparer<KeyValuePair<string, System.Text.Json.JsonElement>>.Create((one, other) => string.CompareOrdinal(one.Key, other.Key))).Select(pair => $"{pair.Key}={pair.Value}"));
        text.Append(' ').AppendJoin(',', state.Metadata.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
        text.Append(' ').AppendJoin(',', state.Todos.Select(todo => $"{todo.Id}={todo.Content}{todo.Status}").Order(StringComparer.Ordinal));
        text.Append(' ').AppendJoin(',', (await thread.DecisionsAsync(point).ToListAsync()).Select(decision => decision.Text));
        return text.ToString();
    }

    private static void Change(ThreadSession session, Random random)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            ChangeOne(session, random);
        }
    }

    private static void ChangeOne(ThreadSession session, Random random)
    {
        var number = random.Next(1_000);
        switch (random.Next(12))
        {
            case 0 or 1:
                session.Say($"{number}", $"{number + 1}");
                break;
            case 2:
                session.History.Add(Conversations.Call($"c{number % 7}"));
                break;
            case 3:
                session.History.Add(Conversations.Result($"c{number % 7}"));
                break;
            case 4:
                session.History.KeepLast(random.Next(1, 6));
                break;
            case 5 when number % 4 == 0:
                session.History.Clear();
                break;
            case 6:
                session.Variables.Set($"k{number % 5}", new string('x', number * 10));
                break;
            case 7:
                session.Variables.Remove($"k{number % 5}");
                break;
            case 8:
                session.Variables.Append("list", number);
                break;
            case 9:
                session.Todos.Put(new() { Id = $"t{number % 4}", Content = $"{number}" });
                break;
            case 10:
                session.Decisions.Add($"{number}", "why");
                session.Metadata.Set("m", number);
                break;
            default:
                session.Agent = number % 3 == 0 ? null : $"agent {number % 3}";
                session.Status = number % 2 == 0 ? ThreadStatus.Thinking : ThreadStatus.Idle;
                break;
        }
    }
}
