using Holdfast.Logs;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Rows;

/// <summary>A row of <c>entries</c>.</summary>
internal static class EntryRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns = "e.version, e.commit_id, e.at, e.messages, e.keyframe, e.rewritten, e.hash, e.body";

    /// <exception cref="CorruptStateException">The row cannot be an entry.</exception>
    public static LogEntry Read(Statement row, ThreadKey key)
    {
        var version = row.Int64(0);
        var commitId = row.Bytes(1);
        return new()
        {
            Key = key,
            Version = version,
            CommitId = commitId.Length == 16
                ? CommitId.FromBytes(commitId)
                : throw new CorruptStateException(key, version, $"a commit id of 16 bytes was expected and {commitId.Length} bytes were found."),
            At = Instants.From(row.Int64(2), key, version),
            MessageCount = (int)row.Int64(3),
            IsKeyframe = row.Int64(4) != 0,
            IsRewritten = row.Int64(5) != 0,
            BodyHash = HeadRow.ReadDigest(row, 6, key, version),
            Body = row.Bytes(7).ToArray(),
        };
    }
}
