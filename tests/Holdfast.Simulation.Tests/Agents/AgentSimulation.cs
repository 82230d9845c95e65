namespace Holdfast.Simulation.Tests.Agents;

/// <summary>One run: a few processes, of which one goes on by one step, as the seed wants it. Then the faults stop, and all that is open must come to its end.</summary>
/// <remarks>The same seed gives the same run, but for the order of tools that run side by side.</remarks>
internal sealed class AgentSimulation
{
    private const int Processes = 3;
    private const int MostSteps = 30_000;
    private const double JumpRate = 0.004;
    private const double ActRate = 0.04;

    // How likely it is at one stop that a call fails, that the process is killed, and that it is frozen; in a calm run less, in a stormy one more.
    private static readonly Rates Anywhere = new(0.01, 0.002, 0.002);
    private static readonly Rates AtAppends = new(0.03, 0.015, 0.005);
    private static readonly Rates AtEffects = new(0.08, 0.06, 0.04);
    private static readonly double[] Storms = [0.3, 1, 2.5];

    private readonly AgentWorld _world;
    private readonly AgentActs _acts;
    private readonly List<AgentProcess> _processes = [];
    private readonly double _storm;
    private int _made;
    private int _left;

    private AgentSimulation(int seed, AgentOptions options)
    {
        _world = new(seed, options);
        _acts = new(_world);
        _left = options.Acts;
        _storm = _world.OneOf(Storms);
    }

    /// <summary>Makes a run.</summary>
    /// <returns>What was done, and the steps.</returns>
    /// <exception cref="SimulationException">An invariant does not hold; the message names the seed and the last steps.</exception>
    public static (AgentWorld World, IReadOnlyList<string> Trace) Run(int seed, AgentOptions? options = null)
    {
        var simulation = new AgentSimulation(seed, options ?? new());
        try
        {
            simulation.Run();
            AgentInvariants.CheckAsync(simulation._world).GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            throw new SimulationException(
                $"""
                Seed {seed}: {e.Message}
                The last steps:
                  {string.Join("\n  ", simulation._world.Trace.TakeLast(simulation._world.Options.StepsTold))}
                To run it alone: AGENTS_SEED={seed} dotnet test tests/Holdfast.Simulation.Tests
                """,
                e);
        }

        return (simulation._world, simulation._world.Trace);
    }

    private void Run()
    {
        for (var i = 0; i < Processes; i++)
        {
            StartProcess();
        }

        while (_left > 0 || !IsQuiet())
        {
            if (_world.Trace.Count > MostSteps)
            {
                throw new SimulationException($"({Rules.Ends}) the run does not end. {_world.Facts.Describe()} Running: {string.Join("; ", _processes.SelectMany(process => process.Stops))}");
            }

            Step();
            if (_world.Violation is { } violation)
            {
                throw new SimulationException(violation);
            }
        }
    }

    private void Step()
    {
        _world.Elapsed += TimeSpan.FromMilliseconds(_world.Random.Next(1, 40));
        if (_world.HasFaults && _world.Chance(JumpRate))
        {
            JumpClock(_world.OneOf(_processes));
        }

        if (_left > 0 && _world.Chance(ActRate))
        {
            Act();
            return;
        }

        if (_world.Chance(_world.HasFaults ? ActRate / 2 : ActRate))
        {
            // People answer, and senders deliver again what they have no answer to.
            Start(_acts.Finish());
        }

        GoOn();
    }

    private void Act()
    {
        _left--;
        Start(_acts.Choose());
        if (_left == 0)
        {
            _world.HasFaults = false;
            _processes.ForEach(process => process.FrozenUntil = TimeSpan.Zero);
            Trace("the faults stop");
        }
    }

    private void Start((string Name, Func<Fiber, Task> Act)? act)
    {
        if (act is var (name, run))
        {
            var process = _world.OneOf(_processes);
            Trace($"{process}: {name}");
            process.Start(name, run);
            process.Settle();
        }
    }

    // What happens to a process where it stands; whether it goes on is another matter.
    private Verdict? Fault(Stop stop)
    {
        var rates = stop.Kind switch { StopKind.Effect => AtEffects, StopKind.Append => AtAppends, _ => Anywhere };
        var (process, chance) = (stop.Process, _world.Random.NextDouble() / _storm);
        if (chance < rates.Fails)
        {
            return Verdict.Fail;
        }

        if (chance < rates.Fails + rates.Dies)
        {
            Trace($"{process}: is killed at: {stop}");
            _world.Count("crash");
            _processes.Remove(process);
            _acts.Lose(process);
            StartProcess();
            return null;
        }

        if (chance < rates.Fails + rates.Dies + rates.Freezes)
        {
            process.FrozenUntil = _world.Elapsed + TimeSpan.FromSeconds(_world.Random.Next(1, 90));
            Trace($"{process}: is frozen for {process.FrozenUntil - _world.Elapsed} at: {stop}");
            _world.Count("freeze");
            return null;
        }

        return Verdict.GoOn;
    }

    private void JumpClock(AgentProcess process)
    {
        var time = TimeSpan.FromSeconds(_world.Random.Next(1, 90));
        process.Clock.Jump(time);
        process.Clock.Skew = TimeSpan.FromSeconds(_world.Random.Next(-30, 30));
        Trace($"{process}: its clock jumps by {time}");
        _world.Count("jump");
    }

    // What goes on next: a flow that stands, or a timer that is due.
    private void GoOn()
    {
        var awake = _processes.Where(process => !process.IsFrozen).ToList();
        var stops = awake.SelectMany(process => process.Stops).ToList();
        var timers = awake.SelectMany(process => process.Clock.Timers.Where(timer => timer.DueAt <= _world.Elapsed).Select(timer => (Process: process, Timer: timer))).ToList();
        if (stops.Count + timers.Count == 0)
        {
            var next = awake.SelectMany(process => process.Clock.Timers).Select(timer => timer.DueAt).Append(_processes.Where(process => process.IsFrozen).Select(process => process.FrozenUntil).DefaultIfEmpty(TimeSpan.MaxValue).Min()).Min();
            _world.Elapsed = (next > _world.Elapsed ? next : _world.Elapsed) + TimeSpan.FromMilliseconds(_world.Random.Next(3_000));
            return;
        }

        var chosen = _world.Random.Next(stops.Count + timers.Count);
        if (chosen < stops.Count)
        {
            var stop = stops[chosen];
            if ((_world.HasFaults ? Fault(stop) : Verdict.GoOn) is { } verdict)
            {
                Trace($"{(verdict == Verdict.Fail ? "fails at: " : "")}{stop}");
                stop.Process.GoOn(stop, verdict);
                stop.Process.Settle();
            }
        }
        else
        {
            var (process, timer) = timers[chosen - stops.Count];
            Trace($"{process} timer rings");
            timer.Ring();
            process.Settle();
        }
    }

    // Nothing runs but workers that find nothing to do.
    private bool IsQuiet()
        => _processes.TrueForAll(process => process.Fibers.TrueForAll(fiber => fiber.Name == Worker.Name)) && _world.Facts.IsQuiet && _acts.AreOver;

    private void StartProcess()
    {
        var process = new AgentProcess(_world, ++_made);
        process.Clock.Skew = TimeSpan.FromSeconds(_world.Random.Next(-5, 5));
        _processes.Add(process);
        process.Start(Worker.Name, Worker.RunAsync);
    }

    private void Trace(string step) => _world.Note(step);

    /// <param name="Fails">A call fails.</param>
    /// <param name="Dies">The process is killed.</param>
    /// <param name="Freezes">The process does nothing for a time.</param>
    private sealed record Rates(double Fails, double Dies, double Freezes);
}
