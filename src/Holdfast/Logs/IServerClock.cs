namespace Holdfast.Logs;

/// <summary>A log whose server has a clock of its own, by which expiry is judged so that it does not depend on which machine asks.</summary>
public interface IServerClock
{
    /// <summary>The current time of the server.</summary>
    /// <exception cref="StoreUnavailableException">The server could not be asked.</exception>
    ValueTask<DateTimeOffset> GetServerTimeAsync(CancellationToken cancellationToken = default);
}
