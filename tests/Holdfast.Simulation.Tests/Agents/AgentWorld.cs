using Holdfast.Logs;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>What is outside of all processes of a run: the log, the services that tools call, people, and what was promised to them.</summary>
internal sealed class AgentWorld
{
    private static readonly DateTimeOffset Began = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    public AgentWorld(int seed, AgentOptions options)
    {
        (Options, Random) = (options, new(seed));
        Facts = new(new WatchedLog(new InMemoryCommitLog(), "log"), this);
        Log = options.Log(Facts);
        Effects = new(this);
    }

    public AgentOptions Options { get; }

    /// <summary>The only source of chance.</summary>
    public Random Random { get; }

    public TimeSpan Elapsed { get; set; }

    /// <summary>The time as nobody knows it exactly.</summary>
    public DateTimeOffset Now => Began + Elapsed;

    /// <summary>Sees every commit, and knows what is stored.</summary>
    public FactsLog Facts { get; }

    /// <summary>The log as processes have it.</summary>
    public ICommitLog Log { get; }

    public SideEffects Effects { get; }

    public List<Said> Messages { get; } = [];

    /// <summary>The answers that people were told to be stored: the interrupt, and the name that was signed with.</summary>
    public List<(InterruptId Id, string By)> Answers { get; } = [];

    /// <summary>How many calls of tools the model has made.</summary>
    public int Calls { get; set; }

    /// <summary>Whether faults still happen.</summary>
    public bool HasFaults { get; set; } = true;

    /// <summary>What was found to be wrong first.</summary>
    public string? Violation { get; private set; }

    /// <summary>What was done, in order.</summary>
    public List<string> Trace { get; } = [];

    /// <summary>What was done, to tell whether runs reach what they are to reach.</summary>
    public Dictionary<string, int> Counts { get; } = [];

    public void Note(string step)
    {
        lock (Trace)
        {
            Trace.Add($"{Elapsed.TotalSeconds,9:0.000} {step}");
        }
    }

    public void Count(string what)
    {
        lock (Counts)
        {
            Counts[what] = Counts.GetValueOrDefault(what) + 1;
        }
    }

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public T OneOf<T>(IReadOnlyList<T> choices) => choices[Random.Next(choices.Count)];

    /// <summary>Notes that an invariant does not hold: whoever meets the exception may live with it, the run does not.</summary>
    public SimulationException Violate(string what)
    {
        Violation ??= what;
        return new(what);
    }

    /// <summary>Checks an invariant.</summary>
    /// <param name="rule">Its number and name.</param>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="what">What was found.</param>
    public void Require(string rule, bool holds, string what)
    {
        if (!holds)
        {
            throw Violate($"({rule}) {what}");
        }
    }
}
