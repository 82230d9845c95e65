using Holdfast.Logs;

namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Drops for good what a policy does not keep, of every thread of the tenant; see <see cref="ThreadHandle.TrimAsync"/>.</summary>
    /// <remarks>A thread that is damaged, or that others write all the time, is counted as failed and does not keep the rest from being trimmed. A run that was cut off can be run again.</remarks>
    /// <param name="policy">What stays.</param>
    /// <param name="options">Which threads, and whether they are only looked at; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the run after the thread that it is at.</param>
    /// <exception cref="ArgumentException">The policy is out of its range.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask<TrimResult> TrimAsync(RetentionPolicy policy, TrimOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        policy.Validate();
        return TrimAllAsync(_ => policy, options ?? new(), cancellationToken);
    }

    internal ValueTask<TrimResult> TrimAllAsync(Func<ThreadHead, RetentionPolicy?> policyOf, TrimOptions options, CancellationToken cancellationToken)
        => new StoreTrim(_context, options.AllTenants ? null : Tenant, policyOf, options).RunAsync(cancellationToken);

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

    /// <summary>Moves what threads have before their newest version to the archive (<see cref="AgentStateOptions.Archive"/>), of those that were not updated for long.</summary>
    /// <remarks>
    /// <para>
    /// The threads stay threads of this store: they are listed, opened, continued, forked, redacted and erased as before, and a version that was moved is read from the archive when it is asked for. What stays is the head and
    /// one commit that carries the whole state, so that a thread opens without the archive.
    /// </para>
    /// <para>
    /// Each is copied whole, read back and compared, and only then dropped here, if nobody has changed it meanwhile. It can be cut off at any place and repeated. A thread for which something is due (a queued turn, a timer,
    /// a deadline, a lease) stays, and so does one that expires, where the backend removes expired threads itself.
    /// </para>
    /// </remarks>
    /// <param name="options">Which threads; null for those that were not updated for 90 days.</param>
    /// <param name="cancellationToken">Ends it between two threads.</param>
    /// <exception cref="ArgumentException">The options are out of range or exclude each other.</exception>
    /// <exception cref="StateConfigurationException">The store has no archive, or one that is the store itself.</exception>
    /// <exception cref="StoreUnavailableException">One of the backends failed; what was moved until then stays moved.</exception>
    public ValueTask<ArchiveResult> ArchiveAsync(ArchiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        return _context.Unguarded.GetService<ArchivedLog>()?.Changes is { } archive
            ? new ThreadArchive(_context, archive, Tenant, options).RunAsync(cancellationToken)
            : throw new StateConfigurationException("The store has no archive. Set AgentStateOptions.Archive to the log that threads are to be moved to.");
    }

    private ValueTask<MigrateResult> RunAsync(MigrateOptions options, bool isCheck, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        options.Validate();
        return new StateMigrator(_context, Tenant, options, isCheck, progress).RunAsync(cancellationToken);
    }
}
