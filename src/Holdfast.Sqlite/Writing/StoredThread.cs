namespace Holdfast.Sqlite.Writing;

/// <summary>What a write needs to know of the thread that is there.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Version">Its version.</param>
/// <param name="Chain">The chain hash of its head.</param>
/// <param name="ExpiresAt">When it expires.</param>
/// <param name="Changes">How it differs from the head that is to replace it.</param>
/// <param name="Metadata">Its metadata as JSON text, if that differs.</param>
internal readonly record struct StoredThread(
    long Number, long Version, Digest Chain, DateTimeOffset? ExpiresAt, HeadChanges Changes, ReadOnlyMemory<byte> Metadata);
