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

    /// <summary>Whether threads of the archive are erased there that this store has moved and does not have any more. Do it only if you know why they are gone: a store that was emptied, or is not the one it should be, would take its archive along.</summary>
    /// <value>The default is false: they are counted (<see cref="ArchiveResult.Orphans"/>).</value>
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
