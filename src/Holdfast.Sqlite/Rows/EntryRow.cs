using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;

namespace Holdfast.Sqlite.Rows;

/// <summary>A row of <c>entries</c>.</summary>
internal static class EntryRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns = "e.version, e.commit_id, e.at, e.messages, e.keyframe, e.rewritten, e.hash, e.keyframe_version, e.chain, e.message_count, e.updated, e.mark, e.body";

    private const int RewrittenColumn = 5, ChainColumn = 8, MarkColumn = 11, BodyColumn = 12;

    /// <exception cref="CorruptStateException">The row cannot be an entry.</exception>
    public static LogEntry Read(Statement row, ThreadKey key)
    {
        var version = row.Int64(0);
        var mark = RowGuards.Mark(version, row.Int64(7), HeadRow.ReadDigest(row, ChainColumn, key, version), row.Int64(9), row.Int64(10));
        if (RowGuards.Entry(mark, row.Int64(2), row.Int64(3), row.Int64(4) != 0) != row.Int64(MarkColumn))
        {
            throw new CorruptStateException(key, version, "what the entry says of its time, messages, keyframe and chain does not agree with the mark beside it.");
        }

        return new()
        {
            Key = key,
            Version = version,
            CommitId = HeadRow.ReadCommitId(row, 1, key, version),
            At = Instants.Read(row.Int64(2), key, version),
            MessageCount = (int)row.Int64(3),
            IsKeyframe = row.Int64(4) != 0,
            RewrittenHash = row.IsNull(RewrittenColumn) ? null : HeadRow.ReadDigest(row, RewrittenColumn, key, version),
            BodyHash = HeadRow.ReadDigest(row, 6, key, version),
            Body = row.Bytes(BodyColumn).ToArray(),
        };
    }
}
