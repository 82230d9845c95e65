namespace Holdfast.Logs;

/// <summary>A log that can tell what is likely not meant about how its backend is set up. It is asked once when a host starts, so that it must cost no more than a few requests.</summary>
public interface IGivesAdvice
{
    /// <summary>Returns what is likely not meant; empty if there is nothing, or nothing can be found out.</summary>
    /// <exception cref="StoreUnavailableException">The backend could not be asked.</exception>
    Task<IReadOnlyList<Advice>> GetAdviceAsync(CancellationToken cancellationToken = default);
}
