namespace Holdfast.Simulation.Tests;

/// <summary>Waits for others for as long as the scheduler wants it.</summary>
internal sealed class SteppedBackoff(Client client) : Backoff
{
    public override async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        await client.WaitAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
