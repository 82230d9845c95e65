namespace Holdfast;

/// <summary>Which threads are trimmed, and whether they are only looked at.</summary>
public sealed record TrimOptions
{
    /// <summary>Whether to count only, and drop nothing.</summary>
    /// <value>The default is false.</value>
    public bool DryRun { get; init; }

    /// <summary>Whether the threads of all tenants are trimmed.</summary>
    /// <value>The default is false: those of the store's tenant.</value>
    public bool AllTenants { get; init; }

    /// <summary>Told of each thread for which there is something to do: what was done, or would be.</summary>
    /// <value>The default is null.</value>
    public IProgress<RetentionPlan>? Progress { get; init; }

    internal OptionProblems Problems() => new(nameof(TrimOptions));
}
