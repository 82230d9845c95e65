using System.Text.Json;
using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Values;

/// <summary>
/// The hash of a head: v(ersion), k(eyframe version), c(hain hash), x (expiry, absent for never), j (the rest as JSON); and, for the log alone, b (the commit
/// that the thread was born with), i (digest of its terms in the index), w (how many times its entries were rewritten).
/// </summary>
internal static class HeadFields
{
    private static readonly RedisValue[] Fields = ["v", "k", "c", "x", "j", "b"];

    /// <summary>The fields to ask for.</summary>
    public static RedisValue[] Names => Fields;

    /// <summary>Reads the fields <see cref="Names"/>; null when there is no such thread.</summary>
    /// <exception cref="CorruptStateException">They cannot be a head.</exception>
    public static StoredHead? ReadStored(RedisValue[] fields, ThreadKey key)
        => Read(fields, key) is { } head ? new(head, (byte[]?)fields[5] ?? throw Damaged(key, "it has no first commit", null)) : null;

    /// <summary>Reads the first five of <see cref="Names"/>; null when there is no such thread.</summary>
    /// <exception cref="CorruptStateException">They cannot be a head.</exception>
    public static ThreadHead? Read(RedisValue[] fields, ThreadKey key)
    {
        if (fields[0].IsNull)
        {
            return null;
        }

        if (!fields[0].TryParse(out long version) || !fields[1].TryParse(out long keyframe) || (byte[]?)fields[2] is not { Length: Digest.Size } chain
            || (byte[]?)fields[4] is not { } json || (!fields[3].IsNull && !fields[3].TryParse(out long _)))
        {
            throw Damaged(key, "its fields are not those that Holdfast writes", null);
        }

        var head = new ThreadHead
        {
            Key = key,
            Version = version,
            KeyframeVersion = keyframe,
            ChainHash = Digest.FromBytes(chain),
            CreatedAt = default,
            UpdatedAt = default,
            ExpiresAt = fields[3].IsNull ? null : Instants.Read(fields[3]),
        };
        try
        {
            return HeadJson.Read(json, head);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw Damaged(key, "its JSON is not what Holdfast writes", e);
        }
    }

    private static CorruptStateException Damaged(ThreadKey key, string what, Exception? error) => new(key, 0, $"the head cannot be read: {what}.", error);
}
