namespace Holdfast;

/// <summary>The versions that would come next were dropped from the thread by maintenance, before the watch had got to them. The next event is the first commit after them.</summary>
/// <remarks>That commit is a keyframe: <see cref="ThreadHandle.LoadAsync(ThreadPoint, CancellationToken)"/> of its version reads the state that it holds, including what the dropped versions changed.</remarks>
public sealed record VersionsDropped : ThreadEvent
{
    /// <summary>The first version that was dropped.</summary>
    public required long From { get; init; }

    /// <summary>The last version that was dropped.</summary>
    public required long To { get; init; }
}
