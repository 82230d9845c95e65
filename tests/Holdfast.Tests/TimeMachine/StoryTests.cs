using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.TimeMachine;

/// <summary>The story of docs/time-machine.md, as it is told there: an agent went wrong at version 12.</summary>
public sealed class StoryTests
{
    [Fact]
    public async Task TheStory_EndsWell()
    {
        var test = new TestStore();
        var store = test.Store;
        await PlanAsync(store);
        await LookAsync(store);

        {
            // page: time-machine.md
            var trip = store.Thread("ann/trip");
            var fork = await trip.ForkAsync("ann/trip-2", new() { At = 11, By = "ben", Reason = "a hotel within the budget" });

            await store.UpdateAsync("ann/trip-2", session =>
            {
                session.History.Add(ChatRole.User, "Stay within 1,500 for everything.");
                session.History.Add(ChatRole.Assistant, "Then the Harbour Inn, at 540 for three nights. That makes 1,310.");
                session.Variables.Set("hotel", "Harbour Inn");
                session.Variables.Set("total", 1310);
            });
            // end
            fork.ForkedFrom!.Version.ShouldBe(11);
        }

        {
            // page: time-machine.md
            ThreadDiff? diff = await store.Thread("ann/trip").DiffAsync(ThreadPoint.Newest, "ann/trip-2");
            Console.WriteLine(diff!.ToText());
            // end
            diff.Keys.Select(key => key.Key).ShouldBe(["hotel", "total", "train"], ignoreOrder: true);
        }

        {
            // page: time-machine.md
            var trip = store.Thread("ann/trip");
            await trip.LabelAsync("the expensive way");
            await trip.RestoreAsync(11, new() { By = "ben", Reason = "the hotel was over the budget" });
            CommitInfo merged = await store.Thread("ann/trip-2").MergeAsync(new() { By = "ben" });
            // end
            merged.Merges!.Id.Value.ShouldBe("ann/trip-2");
        }

        {
            // page: time-machine.md
            var picked = await store.Thread("ann/trip").CherryPickAsync("ann/trip", 13, new() { By = "ben", Reason = "the train was right" });
            Console.WriteLine(string.Join(", ", picked.Picked));
            // end
            picked.Picked.ShouldBe(["variables/train"]);
        }

        {
            // page: time-machine.md
            await store.Thread("ann/trip-2").EraseAsync();
            AgentState? state = await store.LoadAsync("ann/trip");
            Console.WriteLine($"{state!.Variables["hotel"]}, {state.Variables["total"]}, {state.Variables["train"]}");
            AgentState? then = await store.Thread("ann/trip").LoadAsync(ThreadPoint.AtLabel("the expensive way"));
            Console.WriteLine($"It was {then!.Variables["hotel"]}, {then.Variables["total"]}.");
            // end
            (state.Variables["hotel"].GetString(), state.Variables["total"].GetInt32(), state.Variables["train"].GetString()).ShouldBe(("Harbour Inn", 1310, "seats 61 and 62"));
            state.Messages[^1].Text.ShouldBe("Then the Harbour Inn, at 540 for three nights. That makes 1,310.");
            then.Variables["hotel"].GetString().ShouldBe("Grand Plaza");
        }

        (await store.Thread("ann/trip").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public void TheStory_IsThatOfTheDocumentation() => DocumentedCode.ShouldBeIn("time-machine.md");

    private static async Task LookAsync(AgentStateStore store)
    {
        {
            // page: time-machine.md
            var trip = store.Thread("ann/trip");
            await foreach (var commit in trip.LogAsync(new() { Changed = "variables/total" }))
            {
                AgentState? then = await trip.LoadAsync(commit.Version);
                Console.WriteLine($"{commit.Version} by {commit.Agent}: total {then!.Variables["total"]}");
            }
            // end

            (await trip.LogAsync(new() { Changed = "variables/total" }).Select(commit => commit.Version).ToListAsync()).ShouldBe([12, 8]);
        }

        {
            // page: time-machine.md
            ThreadDiff? diff = await store.Thread("ann/trip").DiffAsync(11, 12);
            Console.WriteLine(diff!.ToText());
            // end
            diff.Keys.Select(key => key.Key).ShouldBe(["hotel", "total"], ignoreOrder: true);
        }
    }

    private static async Task PlanAsync(AgentStateStore store)
    {
        for (var version = 1; version <= 13; version++)
        {
            await store.UpdateAsync(
                "ann/trip",
                session =>
                {
                    session.Agent = "planner";
                    session.History.Add(ChatRole.User, $"question {version}");
                    session.History.Add(ChatRole.Assistant, version == 12 ? "I have taken the Grand Plaza." : $"answer {version}");
                    switch (version)
                    {
                        case 8:
                            session.Variables.Set("total", 770);
                            break;
                        case 12:
                            session.Variables.Set("hotel", "Grand Plaza");
                            session.Variables.Set("total", 3170);
                            break;
                        case 13:
                            session.Variables.Set("train", "seats 61 and 62");
                            break;
                    }
                });
        }
    }
}
