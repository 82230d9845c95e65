using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Rows;

/// <summary>A recent entry: where it stands, and what it says of the head of its thread.</summary>
/// <param name="Sequence">Its place in the file.</param>
/// <param name="Thread">The number of its thread.</param>
/// <param name="Version">Its version, and so the head's.</param>
/// <param name="KeyframeVersion">The version of the newest keyframe.</param>
/// <param name="ChainHash">The chain hash; null if what is stored cannot be one.</param>
/// <param name="MessageCount">How many messages are visible.</param>
/// <param name="UpdatedAt">When the thread was updated.</param>
/// <remarks>
/// Entries are recent until the file has grown by <see cref="Span"/> of them; then they are settled: <c>versions</c> gets where they are, and
/// <c>threads</c> the heads after them. So an append need not write to either, which for a single caller is half of the cost.
/// Recent are the entries after the last multiple of <see cref="Span"/> that the sequence has reached. All programs that use the file must agree on it.
/// </remarks>
internal readonly record struct RecentEntry(
    long Sequence, long Thread, long Version, long KeyframeVersion, Digest? ChainHash, long MessageCount, long UpdatedAt)
{
    /// <summary>How many entries are recent at most: few enough for readers to look at each.</summary>
    public const int Span = 64;

    /// <summary>Selects the recent entries of all threads, oldest first, for <see cref="Read"/>.</summary>
    public static readonly string SelectAll = Select("");

    /// <summary>Selects those of the thread <c>?1</c>.</summary>
    public static readonly string SelectOfThread = Select("AND thread = ?1");

    /// <summary>The last sequence that is settled when the file ends with <paramref name="sequence"/>.</summary>
    public static long SettledTo(long sequence) => sequence / Span * Span;

    public static RecentEntry Read(Statement row)
    {
        var chain = row.Bytes(4);
        return new(
            row.Int64(0), row.Int64(1), row.Int64(2), row.Int64(3), chain.Length == Digest.Size ? Digest.FromBytes(chain) : null, row.Int64(5), row.Int64(6));
    }

    private static string Select(string condition)
        => $"""
        SELECT sequence, thread, version, keyframe_version, chain, message_count, updated FROM entries
        WHERE sequence > (SELECT (SELECT max(sequence) FROM entries) / {Span} * {Span}) {condition} ORDER BY sequence
        """;
}
