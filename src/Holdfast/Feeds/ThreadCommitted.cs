using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A commit stands in the thread.</summary>
public sealed record ThreadCommitted : ThreadEvent
{
    /// <summary>The commit: its version, when and by whom it was made, and what it changed.</summary>
    public required CommitInfo Commit { get; init; }

    /// <summary>The messages that the commit added, oldest first. Each access makes new objects.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }
}
