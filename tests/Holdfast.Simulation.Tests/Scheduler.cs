namespace Holdfast.Simulation.Tests;

/// <summary>Lets one client at a time go on by one step, as the seed wants it. Calls fail, answers get lost, and clients crash.</summary>
internal sealed class Scheduler(World world)
{
    private const int MostSteps = 30_000;
    private const double CrashRate = 0.01;

    private readonly List<Seat> _seats = [];
    private readonly List<string> _trace = [];
    private int _made;

    /// <summary>The steps.</summary>
    public IReadOnlyList<string> Trace => _trace;

    /// <summary>Adds a client, and another one in its place when it crashes.</summary>
    /// <param name="make">Makes it, given its number.</param>
    /// <param name="follows">Whether it only follows what others do, and ends after them.</param>
    public void Add(Func<int, Client> make, bool follows = false) => _seats.Add(new(make, follows, make(++_made)));

    /// <summary>Goes on until all have ended.</summary>
    /// <exception cref="SimulationException">A client met an error that it must not meet, or an invariant does not hold.</exception>
    public void Run()
    {
        while (_seats.Count > 0)
        {
            if (_trace.Count > MostSteps)
            {
                throw new SimulationException($"The run does not end: {string.Join("; ", _seats.Select(seat => seat.Client.At))}.");
            }

            Step(_seats[world.Random.Next(_seats.Count)]);
            if (world.Violation is { } violation)
            {
                throw new SimulationException(violation.Message, violation);
            }

            world.IsOver = _seats.TrueForAll(seat => seat.Follows);
            world.Time.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    private void Step(Seat seat)
    {
        var client = seat.Client;
        if (!world.IsOver && world.Chance(CrashRate))
        {
            _trace.Add($"{client.Number}: crashes at: {client.At}");
            world.Count("crash");
            _seats.Remove(seat);
            if (world.HasActsLeft || seat.Follows)
            {
                Add(seat.Make, seat.Follows);
            }

            return;
        }

        var verdict = !world.IsOver && world.Chance(world.Options.FailureRate) ? Verdict.Fail : Verdict.GoOn;
        _trace.Add($"{client.Number}: {(verdict == Verdict.Fail ? "fails at: " : "")}{client.At}");
        world.Current = client;
        client.GoOn(verdict);
        if (client.Error is { } error)
        {
            throw error is SimulationException ? error : new SimulationException($"client {client.Number} met {error.GetType().Name}: {error.Message}", error);
        }

        if (client.HasEnded)
        {
            _seats.Remove(seat);
        }
    }

    private sealed record Seat(Func<int, Client> Make, bool Follows, Client Client);
}
