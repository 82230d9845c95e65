namespace Holdfast.Logs;

/// <summary>A log that can check whether its backend is configured to keep what it acknowledges.</summary>
public interface IReportsWarnings
{
    /// <summary>Returns a sentence for each setting of the backend with which acknowledged commits can be lost; empty if there are none.</summary>
    /// <exception cref="StoreUnavailableException">The backend could not be asked.</exception>
    Task<IReadOnlyList<string>> GetWarningsAsync(CancellationToken cancellationToken = default);
}
