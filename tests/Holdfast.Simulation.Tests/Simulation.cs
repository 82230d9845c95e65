namespace Holdfast.Simulation.Tests;

/// <summary>One run: two clients at a time, of which one goes on by one step, as the seed wants it.</summary>
/// <remarks>The same seed gives the same run.</remarks>
internal sealed class Simulation
{
    private const int Clients = 2;
    private const int MostSteps = 5_000;
    private const double FailureRate = 0.04;
    private const double CrashRate = 0.01;

    private readonly World _world;
    private readonly List<Client> _clients = [];
    private readonly List<string> _trace = [];
    private int _clientsMade;

    private Simulation(int seed, SimulationOptions options) => _world = new(seed, options);

    /// <summary>Makes a run.</summary>
    /// <returns>What was done, and the steps.</returns>
    /// <exception cref="SimulationException">An invariant does not hold; the message names the seed and the last steps.</exception>
    public static (World World, IReadOnlyList<string> Trace) Run(int seed, SimulationOptions? options = null)
    {
        var simulation = new Simulation(seed, options ?? new());
        try
        {
            simulation.Run();
            Invariants.CheckAsync(simulation._world).GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            throw new SimulationException(
                $"""
                Seed {seed}: {e.Message}
                The last steps:
                  {string.Join("\n  ", simulation._trace.TakeLast(80))}
                To run it alone: SIMULATION_SEED={seed} dotnet test tests/Holdfast.Simulation.Tests
                """,
                e);
        }

        return (simulation._world, simulation._trace);
    }

    private void Run()
    {
        for (var i = 0; i < Clients; i++)
        {
            _clients.Add(NewClient());
        }

        while (_clients.Count > 0)
        {
            if (_trace.Count > MostSteps)
            {
                throw new SimulationException($"The run does not end: {string.Join("; ", _clients.Select(client => client.At))}.");
            }

            Step(_clients[_world.Random.Next(_clients.Count)]);
            _world.Time.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    private void Step(Client client)
    {
        if (_world.Chance(CrashRate))
        {
            _trace.Add($"{client.Number}: crashes at: {client.At}");
            _world.Count("crash");
            Replace(client);
            return;
        }

        var verdict = _world.Chance(FailureRate) ? Verdict.Fail : Verdict.GoOn;
        _trace.Add($"{client.Number}: {(verdict == Verdict.Fail ? "fails at: " : "")}{client.At}");
        client.GoOn(verdict);
        if (client.Error is { } error)
        {
            throw error is SimulationException ? error : new SimulationException($"client {client.Number} met {error.GetType().Name}: {error.Message}", error);
        }

        if (client.HasEnded)
        {
            _clients.Remove(client);
        }
    }

    private void Replace(Client crashed)
    {
        _clients.Remove(crashed);
        if (_world.HasActsLeft)
        {
            _clients.Add(NewClient());
        }
    }

    private Client NewClient() => new(_world, ++_clientsMade, Acts.RunAsync);
}
