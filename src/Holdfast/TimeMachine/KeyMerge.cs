namespace Holdfast;

/// <summary>Merges a key three-way: what the other side changed is taken, unless it was changed here in another way.</summary>
internal static class KeyMerge
{
    /// <summary>What is to be done with a key. Null values stand for a key that is not there.</summary>
    public static MergeOutcome Of(ReadOnlyMemory<byte>? origin, ReadOnlyMemory<byte>? ours, ReadOnlyMemory<byte>? theirs)
        => Same(origin, theirs) || Same(ours, theirs) ? MergeOutcome.Keep
            : Same(origin, ours) ? MergeOutcome.Take
            : MergeOutcome.Conflict;

    private static bool Same(ReadOnlyMemory<byte>? left, ReadOnlyMemory<byte>? right)
        => left is { } one && right is { } other ? Utf8Json.Same(one, other) : left is null && right is null;
}
