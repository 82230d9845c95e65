using Holdfast.Logs;

namespace Holdfast.Simulation.Tests;

/// <summary>What the clients of one run share.</summary>
internal class World
{
    private int _acts;

    public World(int seed, SimulationOptions options)
    {
        Options = options;
        Random = new(seed);
        Time = new(options.Begins);
        _acts = options.Acts;
        Hot = new(options.Log(new InMemoryCommitLog()), "hot");
        Cold = new(options.Cold(new InMemoryCommitLog()), "cold");
        Front = Hot;
    }

    public SimulationOptions Options { get; }

    /// <summary>The only source of chance.</summary>
    public Random Random { get; }

    /// <summary>Moves on with every step, so that ids are in the order in which they were made.</summary>
    public FakeTimeProvider Time { get; }

    public WatchedLog Hot { get; }

    /// <summary>The log as clients have it.</summary>
    public ICommitLog Front { get; protected init; }

    /// <summary>The log that threads are copied to.</summary>
    public WatchedLog Cold { get; }

    /// <summary>What was done, to tell whether runs reach what they are to reach.</summary>
    public Dictionary<string, int> Counts { get; } = [];

    public bool HasActsLeft => _acts > 0;

    /// <summary>The client that goes on now.</summary>
    public Client? Current { get; set; }

    /// <summary>Whether only those are left who follow what others do. Nothing fails any more.</summary>
    public bool IsOver { get; set; }

    /// <summary>What was found to be wrong first: whoever meets the exception may live with it, the run does not.</summary>
    public SimulationException? Violation { get; private set; }

    /// <summary>Checks an invariant.</summary>
    public void Require(bool holds, string problem)
    {
        if (!holds)
        {
            var violation = new SimulationException(problem);
            Violation ??= violation;
            throw violation;
        }
    }

    public void Count(string what) => Counts[what] = Counts.GetValueOrDefault(what) + 1;

    public bool TakeAct() => _acts-- > 0;

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public T OneOf<T>(IReadOnlyList<T> choices) => choices[Random.Next(choices.Count)];

    public ThreadId SomeThread() => ThreadId.Parse(OneOf(["a", "a", "b"]));

    public ThreadId SomeFork() => ThreadId.Parse(OneOf(["fork-1", "fork-2", "fork-3"]));
}
