namespace Holdfast.Simulation.Tests.Agents;

/// <summary>One flow of control in a process: a request that is served, a worker, a person's click. It has a store of its own, so that it waits for no other one.</summary>
internal sealed class Fiber
{
    // A flow that is cancelled while it waits goes on by way of the pool. The scheduler waits until it is back.
    private static readonly AsyncLocal<Fiber?> Ambient = new(change =>
    {
        if (change.ThreadContextChanged)
        {
            change.PreviousValue?.Leave();
            change.CurrentValue?.Enter();
        }
    });

    private readonly Lock _lock = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private int _away;
    private Task? _running;

    public Fiber(AgentProcess process, string name)
    {
        (Process, Name) = (process, name);
        Store = new(process.Log, new() { TimeProvider = process.Clock, Backoff = new SimulatedBackoff(process) });
    }

    /// <summary>The flow that runs now; null for a timer's, as the one that gives signs of life.</summary>
    public static Fiber? Current => Ambient.Value;

    public AgentProcess Process { get; }

    public string Name { get; }

    public AgentStateStore Store { get; }

    /// <summary>At how many stops and waits it stands.</summary>
    public int Stands { get; private set; }

    public bool HasEnded => _running is { IsCompleted: true };

    public Exception? Error => _running?.Exception?.InnerException;

    /// <summary>Whether it stands or has ended, and nothing of it runs.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_lock)
            {
                return _away == 0 && (Stands > 0 || HasEnded);
            }
        }
    }

    public void Start(Func<Fiber, Task> act) => _running = RunAsync(act);

    public void Stand(int places)
    {
        lock (_lock)
        {
            Stands += places;
        }
    }

    public override string ToString() => $"{Process} {Name}";

    private async Task RunAsync(Func<Fiber, Task> act)
    {
        Ambient.Value = this;
        await act(this);
    }

    private void Enter() => Note(1);

    private void Leave() => Note(-1);

    private void Note(int threads)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            lock (_lock)
            {
                _away += threads;
            }
        }
    }
}
