namespace Holdfast;

/// <summary>The settings of the clean-up that runs in the host.</summary>
public sealed class CleanupServiceOptions
{
    /// <summary>How long to wait between two runs: 1 second to 30 days.</summary>
    /// <value>The default is 10 minutes.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Also removes threads that were not updated for this long.</summary>
    /// <value>The default is null: only expired ones.</value>
    public TimeSpan? OlderThan { get; set; }

    /// <summary>What of each thread is kept; the rest is dropped for good with each run.</summary>
    /// <value>The default is null: everything.</value>
    public RetentionPolicy? Retention { get; set; }

    /// <summary>Finds what is kept of the threads of a tenant; null for <see cref="Retention"/>.</summary>
    /// <value>The default is null: the same for all tenants.</value>
    public Func<string, RetentionPolicy?>? RetentionOf { get; set; }

    /// <summary>Moves what threads have before their newest version to the archive of the store (<see cref="AgentStateOptions.Archive"/>), of those that were not updated for this long.</summary>
    /// <value>The default is null: nothing is moved.</value>
    public TimeSpan? ArchiveOlderThan { get; set; }

    internal OptionProblems Problems() => new OptionProblems(nameof(CleanupServiceOptions))
        .Range(Interval >= TimeSpan.FromSeconds(1) && Interval <= TimeSpan.FromDays(30), nameof(Interval), "1 second to 30 days", Interval)
        .Include(Retention?.Problems(), nameof(Retention))
        .Range(OlderThan is null || OlderThan >= TimeSpan.Zero, nameof(OlderThan), "zero or more, or null", OlderThan)
        .Range(ArchiveOlderThan is null || ArchiveOlderThan >= TimeSpan.Zero, nameof(ArchiveOlderThan), "zero or more, or null", ArchiveOlderThan);

    internal CleanupServiceOptions Snapshot() => (CleanupServiceOptions)MemberwiseClone();
}
