using System.Globalization;
using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Values;

/// <summary>An entry of a stream: id <c>version-0</c>, and the fields c(ommit id), t(ime), n(umber of messages), f(lags), h(ash), b(ody), in this order.</summary>
internal static class EntryFields
{
    private const int Count = 12, CommitId = 1, Time = 3, Messages = 5, Flags = 7, Hash = 9, Body = 11;
    private const int Keyframe = 1, Rewritten = 2;

    public static RedisValue FlagsOf(LogEntry entry) => (entry.IsKeyframe ? Keyframe : 0) | (entry.IsRewritten ? Rewritten : 0);

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
        if (fields is not { Length: Count } || (byte[]?)fields[CommitId] is not { Length: 16 } commit || (byte[]?)fields[Hash] is not { Length: Digest.Size } hash
            || !fields[Time].TryParse(out long time) || !fields[Messages].TryParse(out long messages) || !fields[Flags].TryParse(out long flags))
        {
            throw new CorruptStateException(key, version, "the fields of its entry are not those that Holdfast writes.");
        }

        return new()
        {
            Key = key,
            Version = version,
            CommitId = Holdfast.CommitId.FromBytes(commit),
            At = DateTimeOffset.FromUnixTimeMilliseconds(time),
            MessageCount = (int)messages,
            IsKeyframe = (flags & Keyframe) != 0,
            IsRewritten = (flags & Rewritten) != 0,
            BodyHash = Digest.FromBytes(hash),
            Body = (byte[]?)fields[Body] ?? [],
        };
    }
}
