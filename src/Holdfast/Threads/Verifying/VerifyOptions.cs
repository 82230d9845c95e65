namespace Holdfast;

/// <summary>How a whole store is verified.</summary>
public sealed record VerifyOptions
{
    /// <summary>Whether the threads of all tenants are verified, instead of those of the store's own.</summary>
    /// <value>The default is false.</value>
    public bool AllTenants { get; init; }

    /// <summary>How many threads are verified at the same time: 1 to 256.</summary>
    /// <value>The default is 8.</value>
    public int Parallelism { get; init; } = 8;

    /// <summary>Where to continue: the <see cref="VerifyProgress.Continuation"/> of a verification that was cut off.</summary>
    /// <value>The default is null: from the beginning.</value>
    public string? Continuation { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(VerifyOptions))
        .Range(Parallelism is >= 1 and <= 256, nameof(Parallelism), "1 to 256", Parallelism);
}
