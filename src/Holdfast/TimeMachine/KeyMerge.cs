namespace Holdfast;

/// <summary>Merges a key three-way: what the other side changed is taken, unless it was changed here in another way.</summary>
internal static class KeyMerge
{
    /// <summary>What is to be done with a key. Null values stand for a key that is not there.</summary>
    public static MergeOutcome Of(ReadOnlyMemory<byte>? origin, ReadOnlyMemory<byte>? ours, ReadOnlyMemory<byte>? theirs)
        => AreSame(origin, theirs) || AreSame(ours, theirs) ? MergeOutcome.Keep
            : AreSame(origin, ours) ? MergeOutcome.Take
            : MergeOutcome.Conflict;

    /// <summary>Whether two values say the same; null for a key that is not there.</summary>
    public static bool AreSame(ReadOnlyMemory<byte>? left, ReadOnlyMemory<byte>? right)
        => left is { } one && right is { } other ? Utf8Json.Same(one, other) : left is null && right is null;
}
