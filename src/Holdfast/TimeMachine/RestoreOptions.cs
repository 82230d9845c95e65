namespace Holdfast;

/// <summary>How a thread is brought back to an earlier point.</summary>
public sealed record RestoreOptions
{
    /// <summary>The version that the thread must still have, such as the one for which a user saw what a restore would change; otherwise nothing is written.</summary>
    /// <value>The default is null: any. What others commit meanwhile is replaced too, and stays readable in the log.</value>
    public long? ExpectedVersion { get; init; }

    /// <summary>Why it is restored, for the log of commits.</summary>
    /// <value>The default is null: <c>restored</c>.</value>
    public string? Reason { get; init; }

    /// <summary>Who restores it, for the log of commits: 1 to 512 bytes of UTF-8 without control characters.</summary>
    /// <value>The default is null: the agent in charge, if one was named.</value>
    public string? By { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(RestoreOptions))
        .Range(ExpectedVersion is null or >= 1, nameof(ExpectedVersion), "at least 1, or null for any", ExpectedVersion)
        .Identifier(By, nameof(By));
}
