using System.Text.Json;

namespace Holdfast;

/// <summary>How a fork is merged.</summary>
public sealed record MergeOptions
{
    /// <summary>What holds where both have changed the same key to different values.</summary>
    /// <value>The default is <see cref="ConflictPolicy.Fail"/>.</value>
    public ConflictPolicy OnConflict { get; init; }

    /// <summary>Decides each key that both have changed, instead of <see cref="OnConflict"/>: gives the value to set, or null to remove the key. It may run several times.</summary>
    /// <value>The default is null.</value>
    public Func<KeyConflict, CancellationToken, Task<JsonElement?>>? Resolve { get; init; }

    /// <summary>Why it is merged, for the log of commits.</summary>
    /// <value>The default is null: <c>merged FORK</c>.</value>
    public string? Reason { get; init; }

    /// <summary>Who merges it, for the log of commits: 1 to 512 bytes of UTF-8 without control characters.</summary>
    /// <value>The default is null: the agent in charge, if one was named.</value>
    public string? By { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(MergeOptions))
        .Range(Enum.IsDefined(OnConflict), nameof(OnConflict), "one of the policies", OnConflict)
        .Identifier(By, nameof(By));
}
