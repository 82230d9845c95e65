using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>One life of a thread, as its commits tell.</summary>
internal sealed class ThreadLife(CommitId id, ThreadKey key, BodyPipeline bodies)
{
    private readonly EntryWalk _walk = new(bodies, key) { Expected = 1, Chain = ChainHash.Start };

    public CommitId Id => id;

    public ThreadKey Key => key;

    public ThreadState State { get; } = new();

    public ThreadFacts Facts { get; private set; } = ThreadFacts.None;

    /// <summary>What users said, as often as it is stored.</summary>
    public List<string> Said { get; } = [];

    /// <summary>What waits in the queue, or for a turn that has not read it, by turn.</summary>
    public Dictionary<string, List<string>> Inputs { get; } = [];

    /// <summary>How often a message is there: in the history, in the queue, or with a turn that is yet to read it.</summary>
    public int CountOf(string text)
        => Said.Count(said => said == text)
            + Inputs.Where(input => Facts.Queue.ContainsKey(input.Key) || (Facts.Turns.TryGetValue(input.Key, out var turn) && turn.HasInput)).Sum(input => input.Value.Count(said => said == text));

    /// <summary>The calls that are stored, by turn and id.</summary>
    public Dictionary<(string Turn, string Call), FunctionCallContent> Calls { get; } = [];

    /// <summary>The calls that have a result.</summary>
    public HashSet<(string Turn, string Call)> Results { get; } = [];

    /// <summary>The texts of all results of tools, and of the outputs of steps.</summary>
    public HashSet<string> Outputs { get; } = new(StringComparer.Ordinal);

    /// <summary>The turns that have ended, with how they did.</summary>
    public Dictionary<string, TurnState> Ended { get; } = [];

    /// <summary>The turn of each key.</summary>
    public Dictionary<string, string> Keys { get; } = [];

    /// <summary>The answers that were stored, by interrupt.</summary>
    public Dictionary<string, AnswerDocument> Answers { get; } = [];

    /// <summary>The edits that people made, by interrupt.</summary>
    public Dictionary<string, string> Edits { get; } = [];

    /// <summary>How often each step was begun, of those that say so before.</summary>
    public Dictionary<string, int> Starts { get; } = [];

    /// <summary>How often a person said of a step, knowing that it may have happened, that it is to run again.</summary>
    public Dictionary<string, int> RunAgain { get; } = [];

    /// <summary>Who took the lease.</summary>
    public Fiber? Holder { get; set; }

    public long Token { get; set; }

    public CommitBody Apply(LogEntry entry)
    {
        var body = _walk.Open(entry).Body;
        State.Apply(entry, body.Change);
        Facts = ThreadFacts.Of(State);
        return body;
    }
}
