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

    /// <summary>The order in which they are read.</summary>
    public ReadDirection Direction { get; init; }

    /// <summary>The expected life; null for any. No entry of another life is returned.</summary>
    public CommitId? Life { get; init; }
}
