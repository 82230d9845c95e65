namespace Holdfast.Logs;

/// <summary>Keeps versions of a thread from being dropped or emptied, because another thread shows them.</summary>
/// <remarks>A pin is identified by <see cref="Life"/>. If its key no longer has that life, the pin can be removed: a life that has ended never returns.</remarks>
public sealed record Pin
{
    /// <summary>The life of the thread that shows the versions.</summary>
    public required CommitId Life { get; init; }

    /// <summary>The key of the thread that shows the versions.</summary>
    public required ThreadKey Key { get; init; }

    /// <summary>The lowest version that is kept: at least 1.</summary>
    public required long From { get; init; }

    /// <summary>The highest version that is kept: at least <see cref="From"/>.</summary>
    public required long To { get; init; }
}
