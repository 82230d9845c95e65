namespace Holdfast.Logs;

/// <summary>Which entries of a thread are read.</summary>
public sealed record ReadRequest
{
    /// <summary>The thread.</summary>
    public required ThreadKey Key { get; init; }

    /// <summary>The lowest version.</summary>
    public long From { get; init; } = 1;

    /// <summary>The highest version.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>Which one comes first.</summary>
    public ReadDirection Direction { get; init; }

    /// <summary>The life that is wanted; null for whichever is there. No entry of another life is returned.</summary>
    public CommitId? Life { get; init; }
}
