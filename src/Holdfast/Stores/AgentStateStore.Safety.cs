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

    /// <summary>Reads every thread with the migrations of this build (<see cref="AgentStateOptions.AddMigration"/>), and tells which of them would not open: for a new build, before it is deployed. Nothing is written.</summary>
    /// <param name="options">Which threads; null for all of the tenant.</param>
    /// <param name="progress">Told after each thread how many there were.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask<MigrateResult> CheckAsync(MigrateOptions? options = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
        => RunAsync(options ?? new(), isCheck: true, progress, cancellationToken);

    /// <summary>Migrates every thread that has an older schema, and stores that with a commit of its own. Threads that are opened are migrated in any case; this is for those that nobody opens.</summary>
    /// <remarks>It can be cut off and repeated. A thread that others change meanwhile is migrated all the same. Builds of the application without the migrations refuse the threads from then on.</remarks>
    /// <inheritdoc cref="CheckAsync"/>
    public ValueTask<MigrateResult> MigrateStateAsync(MigrateOptions? options = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
        => RunAsync(options ?? new(), isCheck: false, progress, cancellationToken);

    private ValueTask<MigrateResult> RunAsync(MigrateOptions options, bool isCheck, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        options.Validate();
        return new StateMigrator(_context, Tenant, options, isCheck, progress).RunAsync(cancellationToken);
    }
}
