using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

/// <summary>What follows from the turns of a thread: its status, when someone should look at it, and the terms by which its interrupts are found. A function of the folded state alone.</summary>
/// <param name="Status">The status while a turn is open; null where the turns say nothing.</param>
/// <param name="DueAt">When someone should look at the thread.</param>
/// <param name="Terms">The terms.</param>
internal readonly record struct TurnFacts(ThreadStatus? Status, DateTimeOffset? DueAt, IReadOnlyList<string> Terms)
{
    /// <summary>The term of every thread that has a pending interrupt.</summary>
    public const string PendingTerm = "ask";

    public static TurnFacts None { get; } = new(null, null, []);

    /// <summary>Whether a state, or what changes it, has anything of turns, which a reader has to know.</summary>
    public static bool AreIn(ThreadState state)
        => Any(state, TurnSections.Turns) || Any(state, TurnSections.Lease) || Any(state, TurnSections.Queue) || Any(state, TurnSections.Interrupts);

    /// <summary>The facts of a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="calls">The calls that are open.</param>
    public static TurnFacts Of(ThreadState state, OpenCalls calls)
    {
        if (!AreIn(state))
        {
            return None;
        }

        var due = long.MaxValue;
        var terms = new SortedSet<string>(StringComparer.Ordinal);
        var pending = new List<InterruptDocument>();
        var turns = All(state, TurnSections.Turns, TurnJson.Compact.TurnDocument).ToList();
        foreach (var (id, interrupt) in All(state, TurnSections.Interrupts, TurnJson.Compact.InterruptDocument))
        {
            terms.Add("i:" + id);
            if (interrupt.State == InterruptState.Pending)
            {
                pending.Add(interrupt);
                terms.UnionWith(TermsOf(id, interrupt));

                // A turn that runs sees to its deadlines itself, and one that failed goes on when it is begun once more.
                due = turns.Exists(turn => turn.Key == interrupt.Turn && turn.Value.State is TurnState.Interrupted or TurnState.Sleeping) ? Math.Min(due, interrupt.Until ?? long.MaxValue) : due;
            }
        }

        ThreadStatus? status = null;
        var abandoned = long.MaxValue;
        foreach (var (_, turn) in turns)
        {
            due = Math.Min(due, turn.Wake ?? long.MaxValue);
            status = StatusOf(turn, pending, calls) ?? status;
            if (turn is { State: TurnState.Running, IsParallel: false })
            {
                abandoned = Math.Min(abandoned, turn.At);
            }
        }

        // As long as the lease is held, all else that is to be run waits; a lease that nobody waits for is due never.
        var next = Math.Min(abandoned, Queued(state));
        var lease = Find(state, TurnSections.Lease, TurnSections.Holder, TurnJson.Compact.LeaseDocument);
        due = Math.Min(due, lease is null || next == long.MaxValue ? next : HeldAt(state) + lease.Ms);
        return new(status, due == long.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(due), [.. terms]);
    }

    /// <summary>When the lease of a thread last gave a sign of life by a commit.</summary>
    public static long HeldAt(ThreadState state)
        => state.TryGet(TurnSections.Lease, TurnSections.HeldAt, out var json) ? long.Parse(json.Span, CultureInfo.InvariantCulture) : 0;

    public static IEnumerable<(string Key, T Value)> All<T>(ThreadState state, string section, JsonTypeInfo<T> type)
        => state.Find(section)?.Select(pair => (pair.Key, Read(pair.Value, type))) ?? [];

    public static T? Find<T>(ThreadState state, string section, string key, JsonTypeInfo<T> type)
        where T : class
        => state.TryGet(section, key, out var json) ? Read(json, type) : null;

    private static bool Any(ThreadState state, string section) => state.Find(section) is { Count: > 0 };

    private static T Read<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(json.Span, type)!;

    private static long Queued(ThreadState state)
    {
        // Behind a turn that waits, what is queued waits too; as long as its sender waits for it, nobody else has to look.
        var isBlocked = All(state, TurnSections.Turns, TurnJson.Compact.TurnDocument).Any(turn => turn.Value.State is TurnState.Interrupted or TurnState.Sleeping);
        return isBlocked
            ? long.MaxValue
            : All(state, TurnSections.Queue, TurnJson.Compact.QueuedDocument).Select(queued => queued.Value.Until ?? queued.Value.Due ?? queued.Value.At).DefaultIfEmpty(long.MaxValue).Min();
    }

    private static ThreadStatus? StatusOf(TurnDocument turn, List<InterruptDocument> pending, OpenCalls calls) => turn.State switch
    {
        TurnState.Failed => ThreadStatus.Failed,
        TurnState.Sleeping => ThreadStatus.Sleeping,
        _ when pending.Exists(interrupt => interrupt.Kind == InterruptKinds.Approval) => ThreadStatus.WaitingForApproval,
        _ when pending.Count > 0 => ThreadStatus.WaitingForInput,
        TurnState.Interrupted when turn.Waits is { } waits && WaitingFor(waits, calls) is { } status => status,
        TurnState.Running when calls.Calls.Count > 0 => ThreadStatus.UsingTool,
        TurnState.Running or TurnState.Interrupted => ThreadStatus.Thinking,
        _ => null,
    };

    // What the agents wait for whose calls are open; an approval before anything else.
    private static ThreadStatus? WaitingFor(IReadOnlyDictionary<string, string> waits, OpenCalls calls)
    {
        var waiting = calls.Calls.Select(call => waits.GetValueOrDefault(call.Id)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return waiting.Count == 0 ? null
            : waiting.Contains(ThreadStatus.WaitingForApproval.ToName()) ? ThreadStatus.WaitingForApproval
            : waiting.Contains(ThreadStatus.WaitingForInput.ToName()) ? ThreadStatus.WaitingForInput
            : ThreadStatus.Sleeping;
    }

    private static IEnumerable<string> TermsOf(string id, InterruptDocument interrupt)
    {
        yield return PendingTerm;
        yield return "ik:" + interrupt.Kind;
        if (interrupt.Audience is { } audience)
        {
            yield return "ia:" + audience;
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"I={id}|{interrupt.At}|{interrupt.Until}|{Escape(interrupt.Kind)}|{Escape(interrupt.Audience ?? "")}|{Escape(interrupt.Name)}");
    }

    private static string Escape(string text) => text.Replace("%", "%25", StringComparison.Ordinal).Replace("|", "%7C", StringComparison.Ordinal);
}
