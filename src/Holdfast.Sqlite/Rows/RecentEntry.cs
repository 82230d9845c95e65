using Holdfast.Sqlite.Connecting;

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
/// <para>
/// Entries are recent until the file has grown by <see cref="Span"/> of them; then they are settled: <c>versions</c> gets where they are, and
/// <c>threads</c> the heads after them. So an append need not write to either, which for a single caller is half of the cost.
/// Recent are the entries after the last multiple of <see cref="Span"/> that the sequence has reached. All programs that use the file must agree on it.
/// </para>
/// <para>
/// Until it is settled, an entry alone says which thread it is of. A damaged number would silently take the newest version away from its thread, so it is
/// stored a second time (<c>owner</c>) and a third time, added to the sequence (<c>place</c>): where one of the three is wrong and the mark is right, two others
/// tell the thread.
/// Where that cannot be told, it may be any thread's newest version, so that none can be read until the row is gone.
/// </para>
/// </remarks>
internal readonly record struct RecentEntry(
    long Sequence, long Thread, long Version, long KeyframeVersion, Digest? ChainHash, long MessageCount, long UpdatedAt)
{
    /// <summary>How many entries are recent at most: few enough for readers to look at each.</summary>
    public const int Span = 64;

    /// <summary>The thread of a row of <c>entries</c>, as at least two of its columns say.</summary>
    public const string ThreadSql = "iif(thread <> owner AND owner = place - sequence, owner, thread)";

    private const string Columns = "sequence, thread, owner, place, version, keyframe_version, chain, message_count, updated, mark, at, messages, keyframe";

    private const string After = "sequence > (SELECT (SELECT max(sequence) FROM entries) / 64 * 64)";

    /// <summary>Selects the recent entries of all threads, oldest first.</summary>
    public const string SelectAll = $"SELECT {Columns} FROM entries WHERE {After} ORDER BY sequence";

    /// <summary>Selects those that may be of the thread <c>?1</c>, newest first. Damaged rows without any column may be.</summary>
    public const string SelectOfThread =
        $"SELECT {Columns} FROM entries WHERE {After} AND iif(thread = owner AND place = sequence + thread, thread = ?1, TRUE) ORDER BY sequence DESC";

    /// <summary>Whether a column of the entry is not as it was written.</summary>
    public bool IsDamaged { get; private init; }

    /// <summary>Whether it cannot be told which thread it is of, or at which place it was written.</summary>
    public bool IsStray { get; private init; }

    /// <summary>The hash over what it says of the head.</summary>
    public long Mark => RowGuards.Mark(Version, KeyframeVersion, ChainHash ?? default, MessageCount, UpdatedAt);

    /// <summary>The last sequence that is settled when the file ends with <paramref name="sequence"/>.</summary>
    public static long SettledTo(long sequence) => sequence / Span * Span;

    /// <summary>Runs a statement for the entries of all threads but those of which it cannot be told which thread they are of.</summary>
    /// <param name="statement">Runs <see cref="SelectAll"/>.</param>
    /// <param name="strays">What is wrong with those.</param>
    public static List<RecentEntry> ReadMost(Statement statement, out List<CorruptStateException> strays)
    {
        var entries = new List<RecentEntry>();
        strays = [];
        try
        {
            while (statement.Step())
            {
                if (Read(statement) is var entry && entry.IsStray)
                {
                    strays.Add(Stray(entry));
                    continue;
                }

                entries.Add(entry);
            }
        }
        finally
        {
            statement.Reset();
        }

        return entries;
    }

    /// <summary>Runs a statement for the entries of a thread, and returns them by version. Of all but the newest, no more is read than where they are.</summary>
    /// <param name="statement">Runs <see cref="SelectOfThread"/>.</param>
    /// <param name="thread">The number of the thread.</param>
    /// <param name="stray">What is wrong with a recent entry of which it cannot be told which thread it is of; null if there is none.</param>
    public static List<RecentEntry> ReadOf(Statement statement, long thread, out CorruptStateException? stray)
    {
        var entries = new List<RecentEntry>();
        stray = null;
        try
        {
            while (statement.Step())
            {
                var entry = entries.Count == 0 ? Read(statement) : ReadPlace(statement);
                if (entry.IsStray)
                {
                    stray = Stray(entry);
                }
                else if (entry.Thread == thread)
                {
                    entries.Add(entry);
                }
            }
        }
        finally
        {
            statement.Reset();
        }

        entries.Reverse();
        return entries;
    }

    /// <summary>The newest of a thread's recent entries, or what is stored of its head if that knows of it already.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="stored">What is stored of its head, as of some entry.</param>
    /// <param name="recent">Its recent entries, by version. Whether those before the newest are whole is seen by whoever reads them.</param>
    /// <exception cref="CorruptStateException">The newest is damaged.</exception>
    public static RecentEntry Newest(ThreadKey key, in RecentEntry stored, IReadOnlyList<RecentEntry> recent)
        => recent is not [.., var last] ? stored
            : last.IsDamaged ? throw new CorruptStateException(key, last.Version, "what the entry says of its thread, place, hash, messages and time does not agree.")
            : last.Version >= stored.Version ? last
            : stored;

    private static RecentEntry Read(Statement row)
    {
        var chain = row.Bytes(6);
        var entry = ReadPlace(row) with
        {
            KeyframeVersion = row.Int64(5),
            ChainHash = chain.Length == Digest.Size ? Digest.FromBytes(chain) : null,
            MessageCount = row.Int64(7),
            UpdatedAt = row.Int64(8),
        };
        return entry with { IsDamaged = entry.IsDamaged || !IsRight(entry.Mark, row) };
    }

    private static RecentEntry ReadPlace(Statement row)
    {
        var (sequence, thread, owner) = (row.Int64(0), row.Int64(1), row.Int64(2));
        var placed = unchecked(row.Int64(3) - sequence);
        var isAgreed = thread == owner && thread == placed;

        // In a row whose columns have all moved, two of three may agree by chance; but the mark is not in its place then.
        return new(sequence, thread != owner && owner == placed ? owner : thread, row.Int64(4), 0, null, 0, 0)
        {
            IsDamaged = !isAgreed,
            IsStray = !isAgreed && ((thread != placed && owner != placed) || !HasItsMark(row)),
        };
    }

    private static bool HasItsMark(Statement row)
    {
        var chain = row.Bytes(6);
        return chain.Length == Digest.Size
            && IsRight(RowGuards.Mark(row.Int64(4), row.Int64(5), Digest.FromBytes(chain), row.Int64(7), row.Int64(8)), row);
    }

    private static bool IsRight(long mark, Statement row) => RowGuards.Entry(mark, row.Int64(10), row.Int64(11), row.Int64(12) != 0) == row.Int64(9);

    private static CorruptStateException Stray(in RecentEntry entry) => new(
        $"The newest entries of the database file are damaged: of the row with the sequence {entry.Sequence} in the table entries it cannot be told which thread it is of, " +
        "so that the newest version of none is certain. Keep a copy of the file, and restore a backup or delete that row, which is the last version of some thread.");
}
