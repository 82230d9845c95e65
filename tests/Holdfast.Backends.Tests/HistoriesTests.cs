using Holdfast.Simulation.Tests;
using Holdfast.Simulation.Tests.Histories;

namespace Holdfast.Backends.Tests;

/// <summary>The random histories of the simulation on every backend: two clients and two that follow, of which some are abandoned between two calls. The archive is in SQLite, or in the same backend.</summary>
public sealed class HistoriesTests
{
    private const int Seeds = 2;

    public static TheoryData<Backend> Backends => [.. Enum.GetValues<Backend>().Where(backend => backend != Backend.Memory).Select(backend => new TheoryDataRow<Backend>(backend))];

    [Theory, MemberData(nameof(Backends))]
    public async Task EverySeed_ShowsWhatWasCommitted_WhateverIsDoneToThePast(Backend backend)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            await using var log = await Servers.NewLogAsync(backend);
            await using var cold = await Servers.NewLogAsync(seed % 2 == 1 ? Backend.Sqlite : backend);

            // Servers that remove what has expired go by their own clock.
            var options = new SimulationOptions { Acts = 32, ArchiveRate = 0.2, FailureRate = 0, Begins = TimeProvider.System.GetUtcNow(), Log = _ => log, Cold = _ => cold };
            await Task.Run(() => HistorySimulation.RunAsync(seed, options), TestContext.Current.CancellationToken);
        }
    }
}
