namespace Holdfast;

/// <summary>What a clean-up removes in addition to expired threads.</summary>
public sealed record CleanupOptions
{
    /// <summary>Also removes threads that were not updated for this long, including deleted ones.</summary>
    /// <value>The default is null: none.</value>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Whether <see cref="OlderThan"/> also removes threads that wait for a person, or for a time that is still to come.</summary>
    /// <value>The default is false.</value>
    public bool IncludeWaiting { get; init; }

    /// <summary>Whether every thread is looked at for what was left undone around forks: forks that were cut off are finished, pins of forks that are gone are removed, and lost ones are set again.</summary>
    /// <remarks>It lists all threads, so it is for a quiet hour. What was kept for forks and is not needed any more goes with every clean-up.</remarks>
    /// <value>The default is false.</value>
    public bool CheckForks { get; init; }

    /// <summary>Whether to count only, and remove nothing.</summary>
    /// <value>The default is false.</value>
    public bool DryRun { get; init; }

    /// <summary>Whether the threads of all tenants are cleaned up.</summary>
    /// <value>The default is false: those of the store's tenant.</value>
    public bool AllTenants { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(CleanupOptions))
        .Range(OlderThan is null || OlderThan >= TimeSpan.Zero, nameof(OlderThan), "zero or more, or null", OlderThan);
}
