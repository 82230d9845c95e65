namespace Holdfast;

/// <summary>What is imported from a bundle.</summary>
public sealed record ImportOptions
{
    /// <summary>Whether threads of every tenant are imported. If not, those of other tenants than the store's are refused, each by itself.</summary>
    /// <value>The default is false.</value>
    public bool AllTenants { get; init; }

    /// <summary>Whether the bundle is only checked, and nothing is written.</summary>
    /// <value>The default is false.</value>
    public bool DryRun { get; init; }

    internal OptionProblems Problems() => new(nameof(ImportOptions));
}
