using System.Buffers.Binary;
using System.Globalization;
using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Rows;

/// <summary>
/// An entry of a stream: id <c>version-0</c>, and the fields m(eta) and b(ody), in this order. Meta is 16 bytes of the commit id, 32 of the hash of the body as it
/// was first written, the time (8 bytes, big-endian), the number of messages (4), the flags (1); and, if the body was rewritten, 32 bytes of the hash of the new one.
/// </summary>
internal static class EntryFields
{
    private const int Count = 4, Meta = 1, Body = 3;
    private const int Hash = 16, Time = Hash + Digest.Size, Messages = Time + sizeof(long), Flags = Messages + sizeof(int), Rewritten = Flags + 1;
    private const int KeyframeFlag = 1;

    public static byte[] MetaOf(LogEntry entry)
    {
        var meta = new byte[Rewritten + (entry.RewrittenHash is null ? 0 : Digest.Size)];
        entry.CommitId.Value.TryWriteBytes(meta, bigEndian: true, out _);
        entry.BodyHash.CopyTo(meta.AsSpan(Hash));
        BinaryPrimitives.WriteInt64BigEndian(meta.AsSpan(Time), Instants.Floor(entry.At));
        BinaryPrimitives.WriteInt32BigEndian(meta.AsSpan(Messages), entry.MessageCount);
        meta[Flags] = (byte)(entry.IsKeyframe ? KeyframeFlag : 0);
        entry.RewrittenHash?.CopyTo(meta.AsSpan(Rewritten));
        return meta;
    }

    /// <summary>Whether a script's answer is the meta of a keyframe; not if there is no such entry.</summary>
    public static bool IsKeyframe(RedisResult meta) => (byte[]?)meta is { Length: >= Rewritten } bytes && (bytes[Flags] & KeyframeFlag) != 0;

    /// <summary>The version that an entry's place in the stream stands for.</summary>
    public static long VersionOf(RedisResult row) => VersionOf((string?)((RedisResult[])row!)[0]);

    /// <summary>The version that the id of an entry stands for.</summary>
    public static long VersionOf(string? id) => long.TryParse(id?.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    /// <exception cref="CorruptStateException">It cannot be an entry.</exception>
    public static LogEntry Read(RedisResult row, ThreadKey key)
    {
        var version = VersionOf(row);
        var parts = (RedisResult[])row!;
        if ((string?)parts[0] != string.Create(CultureInfo.InvariantCulture, $"{version}-0") || version < 1)
        {
            throw new CorruptStateException(key, version, $"the id of an entry was expected to be version-0 and is '{(string?)parts[0]}'.");
        }

        var fields = (RedisValue[])parts[1]!;
        if (fields is not { Length: Count } || (byte[]?)fields[Meta] is not { Length: Rewritten or Rewritten + Digest.Size } meta
            || (BinaryPrimitives.ReadInt64BigEndian(meta.AsSpan(Time)) is var time && !Millis.AreValid(time)))
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
            IsKeyframe = (meta[Flags] & KeyframeFlag) != 0,
            RewrittenHash = meta.Length > Rewritten ? Digest.FromBytes(meta.AsSpan(Rewritten)) : null,
            BodyHash = Digest.FromBytes(meta.AsSpan(Hash, Digest.Size)),
            Body = (byte[]?)fields[Body] ?? [],
        };
    }
}
