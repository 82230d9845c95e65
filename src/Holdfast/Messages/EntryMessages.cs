namespace Holdfast;

/// <summary>The messages of one entry.</summary>
internal sealed record EntryMessages(long Version, IReadOnlyList<StoredMessage> Messages);
