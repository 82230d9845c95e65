using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Makes the state of a fork of the state of a thread. What happened in the world is not in it: no turn, step, question or lease of the other thread goes on in the fork.</summary>
internal static class ForkState
{
    private const string NotMade = "This call was not made in this branch of the conversation.";

    private static readonly string[] LeftOut =
    [
        TurnSections.Turns, TurnSections.Queue, TurnSections.Cancel, TurnSections.Steps, TurnSections.Interrupts, TurnSections.Lease,
        SectionNames.Labels, SectionNames.Parent, SectionNames.Merges,
    ];

    /// <summary>Changes the folded state of a thread to that of its fork.</summary>
    /// <param name="state">The state at the version where the thread is forked.</param>
    /// <param name="parent">The thread, with all its versions that are there.</param>
    /// <param name="owner">Who owns the fork.</param>
    /// <returns>The messages that the fork begins with: they answer the calls that were open.</returns>
    public static IReadOnlyList<StoredMessage> Make(ThreadState state, Origin parent, string? owner)
    {
        LeaveOut(state, owner);
        state.History = state.History.OpenFrom(parent.To + 1);
        state.Origins = Shown(state, [.. state.Origins, parent]);
        var answers = state.OpenCalls.Calls.Select(call => MessageCodec.Write(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.Id, NotMade)]), "messages")).ToList();
        (state.OpenCalls, state.MessageCount) = (OpenCalls.None, state.MessageCount + answers.Count);
        return answers;
    }

    /// <summary>Takes out of a state what is not in a fork, whatever version it is of: turns, and what belongs to the other thread alone.</summary>
    public static void LeaveOut(ThreadState state, string? owner)
    {
        state.Status = TurnFacts.Of(state, state.OpenCalls).Status is null ? state.Status : ThreadStatus.Idle;
        foreach (var section in LeftOut)
        {
            RemoveAll(state, section, _ => true);
        }

        RemoveAll(state, SectionNames.Records, SectionNames.IsReserved);
        (state.UserId, state.IsDeleted) = (owner, false);
    }

    private static void RemoveAll(ThreadState state, string section, Func<string, bool> which)
    {
        foreach (var key in state.Find(section)?.Keys.Where(which).ToList() ?? [])
        {
            state.Remove(section, key);
        }
    }

    // What the fork shows of each thread. The thread that is forked is always among them, so that it is known by its pins which forks it has.
    private static List<Origin> Shown(ThreadState state, IReadOnlyList<Origin> whole)
    {
        var shown = new List<Origin>();
        var runs = Runs(state).ToList();
        for (var i = 0; i < whole.Count; i++)
        {
            var origin = whole[i];
            var from = runs.Where(run => run.From <= origin.To && run.To >= origin.From).Select(run => Math.Max(run.From, origin.From)).DefaultIfEmpty(long.MaxValue).Min();
            if (from <= origin.To || i == whole.Count - 1)
            {
                shown.Add(origin with { From = Math.Min(from, origin.To) });
            }
        }

        return shown;
    }

    // The versions that the state leads to.
    private static IEnumerable<(long From, long To)> Runs(ThreadState state)
    {
        foreach (var range in state.History.Ranges)
        {
            yield return (range.From, range.To ?? long.MaxValue);
        }

        foreach (var (_, pointer) in state.Find(SectionNames.Records) ?? [])
        {
            var version = JsonElement.Parse(pointer.Span)[0].GetInt64();
            yield return (version, version);
        }

        // Each record of a list leads to the one before it, to the first.
        if (state.Find(SectionNames.Lists) is { Count: > 0 })
        {
            yield return (1, long.MaxValue);
        }
    }
}
