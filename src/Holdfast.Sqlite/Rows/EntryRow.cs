using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;

namespace Holdfast.Sqlite.Rows;

/// <summary>A row of <c>entries</c>.</summary>
internal static class EntryRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns = "e.version, e.commit_id, e.at, e.messages, e.keyframe, e.rewritten, e.hash, e.body";

    private const int RewrittenColumn = 5;

    /// <exception cref="CorruptStateException">The row cannot be an entry.</exception>
    public static LogEntry Read(Statement row, ThreadKey key)
    {
        var version = row.Int64(0);
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
            Body = row.Bytes(7).ToArray(),
        };
    }
}
