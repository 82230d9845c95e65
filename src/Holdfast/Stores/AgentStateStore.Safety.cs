namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Verifies every thread of the tenant: conversations, variables, trunks, and whatever else is stored. See <see cref="ThreadHandle.VerifyAsync"/>.</summary>
    /// <remarks>Damage is reported, not thrown, and does not keep the other threads from being verified. Threads that are written meanwhile may be missed. Copies that are not whole yet are left out.</remarks>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told after every few hundred threads, with a continuation.</param>
    /// <param name="cancellationToken">Ends the verification; it can continue where the last progress said.</param>
    /// <returns>What was found; after a continuation, from there on.</returns>
    /// <exception cref="ArgumentException">The options are out of range, or the continuation is none.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask<StoreReport> VerifyAllAsync(VerifyOptions? options = null, IProgress<VerifyProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        return new StoreVerifier(_context, Tenant, options, progress).RunAsync(cancellationToken);
    }
}
