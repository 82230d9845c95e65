using System.Buffers.Binary;
using System.Globalization;
using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Values;

/// <summary>
/// An entry of a stream: id <c>version-0</c>, and the fields m(eta) and b(ody), in this order. Meta is 16 bytes of the commit id, 32 of the hash of the body, the
/// time (8 bytes, big-endian), the number of messages (4), the flags (1).
/// </summary>
internal static class EntryFields
{
    private const int Count = 4, Meta = 1, Body = 3;
    private const int Hash = 16, Time = Hash + Digest.Size, Messages = Time + sizeof(long), Flags = Messages + sizeof(int), MetaSize = Flags + 1;
    private const int Keyframe = 1, Rewritten = 2;

    public static byte[] MetaOf(LogEntry entry)
    {
        var meta = new byte[MetaSize];
        entry.CommitId.Value.TryWriteBytes(meta, bigEndian: true, out _);
        entry.BodyHash.CopyTo(meta.AsSpan(Hash));
        BinaryPrimitives.WriteInt64BigEndian(meta.AsSpan(Time), Instants.Floor(entry.At));
        BinaryPrimitives.WriteInt32BigEndian(meta.AsSpan(Messages), entry.MessageCount);
        meta[Flags] = (byte)((entry.IsKeyframe ? Keyframe : 0) | (entry.IsRewritten ? Rewritten : 0));
        return meta;
    }

    /// <exception cref="CorruptStateException">One of them cannot be an entry.</exception>
    public static List<LogEntry> ReadAll(RedisResult entries, ThreadKey key)
    {
        var rows = (RedisResult[])entries!;
        var result = new List<LogEntry>(rows.Length);
        foreach (var row in rows)
        {
            result.Add(Read((RedisResult[])row!, key));
        }

        return result;
    }

    public static long ReadVersion(string id, ThreadKey key)
        => id.EndsWith("-0", StringComparison.Ordinal) && long.TryParse(id.AsSpan(0, id.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new CorruptStateException(key, 0, $"the id of an entry was expected to be version-0 and is '{id}'.");

    private static LogEntry Read(RedisResult[] row, ThreadKey key)
    {
        var version = ReadVersion((string)row[0]!, key);
        var fields = (RedisValue[])row[1]!;
        if (fields is not { Length: Count } || (byte[]?)fields[Meta] is not { Length: MetaSize } meta
            || (BinaryPrimitives.ReadInt64BigEndian(meta.AsSpan(Time)) is var time && !Instants.AreValid(time)))
        {
            throw new CorruptStateException(key, version, "the fields of its entry are not those that Holdfast writes.");
        }

        return new()
        {
            Key = key,
            Version = version,
            CommitId = CommitId.FromBytes(meta.AsSpan(0, Hash)),
            At = DateTimeOffset.FromUnixTimeMilliseconds(time),
            MessageCount = BinaryPrimitives.ReadInt32BigEndian(meta.AsSpan(Messages)),
            IsKeyframe = (meta[Flags] & Keyframe) != 0,
            IsRewritten = (meta[Flags] & Rewritten) != 0,
            BodyHash = Digest.FromBytes(meta.AsSpan(Hash, Digest.Size)),
            Body = (byte[]?)fields[Body] ?? [],
        };
    }
}
