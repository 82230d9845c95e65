namespace Holdfast.Logs;

/// <summary>A log that can tell whether its backend is set up to keep what it acknowledges.</summary>
public interface IReportsWarnings
{
    /// <summary>Tells of settings of the backend under which acknowledged commits can be lost, a sentence each; empty when there are none.</summary>
    /// <exception cref="StoreUnavailableException">The backend could not be asked.</exception>
    Task<IReadOnlyList<string>> GetWarningsAsync(CancellationToken cancellationToken = default);
}
