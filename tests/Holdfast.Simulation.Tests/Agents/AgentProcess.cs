namespace Holdfast.Simulation.Tests.Agents;

/// <summary>A process: clocks, and what runs in it. It may be killed, or be frozen for a time, at any of its stops.</summary>
internal sealed class AgentProcess
{
    private static readonly TimeSpan MostTimeAway = TimeSpan.FromMinutes(10);

    // Flows that go on by way of the pool stop at the same time.
    private readonly List<Stop> _stops = [];

    public AgentProcess(AgentWorld world, int number)
    {
        (World, Number) = (world, number);
        Clock = new(world);
        Log = new(world.Log, this);
    }

    public AgentWorld World { get; }

    public int Number { get; }

    public ProcessClock Clock { get; }

    public ProcessLog Log { get; }

    /// <summary>Where it stands, by flows.</summary>
    public IReadOnlyList<Stop> Stops
    {
        get
        {
            lock (_stops)
            {
                return [.. _stops];
            }
        }
    }

    public List<Fiber> Fibers { get; } = [];

    /// <summary>Until when nothing runs in it.</summary>
    public TimeSpan FrozenUntil { get; set; }

    public bool IsFrozen => World.Elapsed < FrozenUntil;

    public void Start(string name, Func<Fiber, Task> act)
    {
        var fiber = new Fiber(this, name);
        Fibers.Add(fiber);
        fiber.Start(act);
    }

    /// <summary>Stands until the scheduler says how to go on.</summary>
    public Stop StopAt(string at, StopKind kind = StopKind.Other) => new(this, at, kind);

    public void Add(Stop stop)
    {
        lock (_stops)
        {
            _stops.Add(stop);
        }

        stop.Fiber?.Stand(1);
    }

    /// <summary>Goes on from a stop, up to the next ones.</summary>
    public void GoOn(Stop stop, Verdict verdict)
    {
        lock (_stops)
        {
            _stops.Remove(stop);
        }

        stop.Fiber?.Stand(-1);
        stop.GoOn(verdict);
    }

    /// <summary>Waits for flows that went on by way of the pool, and takes leave of those that have ended.</summary>
    /// <exception cref="SimulationException">One ended with an error.</exception>
    public void Settle()
    {
        foreach (var fiber in Fibers.ToList())
        {
            if (!fiber.IsSettled && !SpinWait.SpinUntil(() => fiber.IsSettled, MostTimeAway))
            {
                throw new SimulationException($"{fiber} stands nowhere, and has not ended.");
            }

            if (fiber.HasEnded)
            {
                Fibers.Remove(fiber);
            }

            if (fiber.Error is { } error)
            {
                throw error is SimulationException ? error : new SimulationException($"{fiber} met {error.GetType().Name}: {error.Message}", error);
            }
        }
    }

    public override string ToString() => $"p{Number}";
}
