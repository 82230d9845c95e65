namespace Holdfast;

/// <summary>Which threads are moved to an archive.</summary>
public sealed record ArchiveOptions
{
    /// <summary>How long threads must not have been updated: at least zero.</summary>
    /// <value>The default is 90 days.</value>
    public TimeSpan OlderThan { get; init; } = TimeSpan.FromDays(90);

    /// <summary>What threads must have besides, of the store's tenant.</summary>
    /// <value>The default is null: nothing; deleted threads are moved too. It cannot be combined with <see cref="AllTenants"/>.</value>
    public ThreadQuery? Query { get; init; }

    /// <summary>Whether the threads of all tenants are moved, instead of those of the store's own.</summary>
    /// <value>The default is false.</value>
    public bool AllTenants { get; init; }

    /// <summary>Whether each thread of the archive is looked for in the store, which takes a read for each: what an archiving that was cut off has left of a thread that was erased meanwhile goes, and the threads that the store does not have any more are counted.</summary>
    /// <value>The default is false.</value>
    public bool CheckOrphans { get; init; }

    /// <summary>Whether they are erased in the archive too. Do it only if you know why the store does not have them: one that was emptied, or is not the one it should be, would take its archive along. It implies <see cref="CheckOrphans"/>.</summary>
    /// <value>The default is false.</value>
    public bool RemoveOrphans { get; init; }

    /// <summary>Whether it is only counted, and nothing is moved.</summary>
    /// <value>The default is false.</value>
    public bool DryRun { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(ArchiveOptions))
        .Range(OlderThan >= TimeSpan.Zero, nameof(OlderThan), "at least zero", OlderThan)
        .Expect(Query is null || !AllTenants, "ArchiveOptions.Query cannot be combined with ArchiveOptions.AllTenants: a query is over the tenant of the store.")
        .Expect(Query?.Continuation is null, "ArchiveOptions.Query must have no continuation: every thread that matches is moved.")
        .Include(Query?.Problems());
}
