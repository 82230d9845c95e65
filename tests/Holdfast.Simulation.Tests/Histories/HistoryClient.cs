namespace Holdfast.Simulation.Tests.Histories;

/// <summary>A client that says what it wants before it does it.</summary>
internal sealed class HistoryClient(HistoryWorld world, int number, Func<HistoryClient, Task> run) : Client(world, number, client => run((HistoryClient)client), archives: true)
{
    public new HistoryWorld World => world;

    public Intent Intent { get; set; } = Intent.NoCommit("nothing");
}
