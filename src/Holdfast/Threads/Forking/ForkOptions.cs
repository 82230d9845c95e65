namespace Holdfast;

/// <summary>How a thread is forked.</summary>
public sealed record ForkOptions
{
    /// <summary>The point at which the thread is forked, after its first commit.</summary>
    /// <value>The default is the newest version.</value>
    public ThreadPoint At { get; init; }

    /// <summary>Who owns the fork. Whoever owns it can read the messages and records of the other thread that it shows, and nothing else of that thread.</summary>
    /// <value>The default is null: the owner of the thread that is forked, if there is one.</value>
    public string? UserId { get; init; }

    /// <summary>Why it is forked, for the log of commits.</summary>
    /// <value>The default is null: <c>forked from THREAD at version N</c>.</value>
    public string? Reason { get; init; }

    /// <summary>Who forks it, for the log of commits: 1 to 512 bytes of UTF-8 without control characters.</summary>
    /// <value>The default is null: the agent in charge, if one was named.</value>
    public string? By { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(ForkOptions))
        .Range(At.Version is null or >= 1, nameof(At), "a point after the first commit", At)
        .Identifier(UserId, nameof(UserId))
        .Identifier(By, nameof(By));
}
