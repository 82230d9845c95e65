namespace Holdfast;

/// <summary>A thread that has moved, as a feed of changes tells it.</summary>
/// <param name="Thread">The thread as it is now: it may have moved by any number of commits. Its <see cref="ThreadInfo.DeletedAt"/> tells that it is hidden.</param>
/// <param name="Position">Where the feed goes on: <see cref="ChangesQuery.After"/>. It can be stored once this change, and those before it, were worked off.</param>
public sealed record ThreadChange(ThreadInfo Thread, ChangesPosition Position);
