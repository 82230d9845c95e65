using Holdfast.Logs;

namespace Holdfast.Simulation.Tests;

/// <summary>One process with stores of its own. It stops before and after every call of a log, and goes on when the scheduler says so.</summary>
internal class Client
{
    private readonly SemaphoreSlim _idle = new(0);
    private readonly Func<Client, Task> _run;
    private TaskCompletionSource<Verdict>? _stop;
    private Task? _running;
    private bool _looksForTheLastTime;

    public Client(World world, int number, Func<Client, Task> run, bool archives = false)
    {
        _run = run;
        World = world;
        Number = number;
        Log = new(world.Front, this, "");
        ColdLog = new(world.Cold, this, "cold ");
        Store = new(Log, new() { TimeProvider = world.Time, Backoff = new SteppedBackoff(this), Archive = archives ? ColdLog : null });
        ColdStore = new(ColdLog, new() { TimeProvider = world.Time, Backoff = new SteppedBackoff(this) });
    }

    public World World { get; }

    public int Number { get; }

    public ClientLog Log { get; }

    public ClientLog ColdLog { get; }

    public AgentStateStore Store { get; }

    public AgentStateStore ColdStore { get; }

    /// <summary>Where the client stands.</summary>
    public string At { get; private set; } = "begins";

    public bool HasEnded => _running is { IsCompleted: true };

    /// <summary>What made it end, if it was an error.</summary>
    public Exception? Error => _running?.Exception?.InnerException;

    /// <summary>Lets the client run up to its next stop, or to its end.</summary>
    public void GoOn(Verdict verdict)
    {
        if (_running is null)
        {
            _running = RunAsync();
        }
        else
        {
            // It goes on here and now: the one thread of the simulation is its thread too.
            var stop = _stop!;
            _stop = null;
            stop.SetResult(verdict);
        }

        // Only where the library, or the log, hands its work to other threads is there anything to wait for.
        _idle.Wait();
        if (_stop is null)
        {
            Task.WaitAny(_running);
        }
    }

    /// <summary>Stops until the scheduler lets the client go on. One that crashes here never does.</summary>
    public Task<Verdict> StopAsync(string at)
    {
        At = at;
        var stop = new TaskCompletionSource<Verdict>();
        _stop = stop;
        _idle.Release();
        return stop.Task;
    }

    /// <summary>Waits for others. Once they have ended, and it has looked once more since, there is nothing to wait for.</summary>
    /// <exception cref="OperationCanceledException">There is nothing to wait for.</exception>
    public async Task WaitAsync()
    {
        if (World.IsOver && _looksForTheLastTime)
        {
            throw new OperationCanceledException("Everybody has ended.");
        }

        _looksForTheLastTime = World.IsOver;
        await StopAsync("waits");
    }

    private async Task RunAsync()
    {
        try
        {
            await _run(this);
        }
        finally
        {
            _idle.Release();
        }
    }
}
