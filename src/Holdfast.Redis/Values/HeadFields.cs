using System.Text.Json;
using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Values;

/// <summary>
/// The hash of a head: s(tate, see <see cref="HeadState"/>), x (expiry, absent for never), j (the rest as JSON); and, for the log alone, b (the commit that the
/// thread was born with), w (how many times its entries were rewritten).
/// </summary>
internal static class HeadFields
{
    private static readonly RedisValue[] Fields = ["s", "x", "j", "b"];

    /// <summary>The fields to ask for.</summary>
    public static RedisValue[] Names => Fields;

    /// <summary>Reads the fields <see cref="Names"/>; null when there is no such thread.</summary>
    /// <exception cref="CorruptStateException">They cannot be a head.</exception>
    public static StoredHead? ReadStored(RedisValue[] fields, ThreadKey key)
        => Read(fields, key) is { } head ? new(head, (byte[]?)fields[3] ?? throw Damaged(key, "it has no first commit", null)) : null;

    /// <summary>Reads the first three of <see cref="Names"/>; null when there is no such thread.</summary>
    /// <exception cref="CorruptStateException">They cannot be a head.</exception>
    public static ThreadHead? Read(RedisValue[] fields, ThreadKey key)
    {
        if (fields[0].IsNull)
        {
            return null;
        }

        if (HeadState.Read((byte[]?)fields[0], key) is not { } head || (byte[]?)fields[2] is not { } json || (!fields[1].IsNull && !fields[1].TryParse(out long _)))
        {
            throw Damaged(key, "its fields are not those that Holdfast writes", null);
        }

        try
        {
            return HeadJson.Read(json, fields[1].IsNull ? head : head with { ExpiresAt = Instants.Read(fields[1]) });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw Damaged(key, "its JSON is not what Holdfast writes", e);
        }
    }

    private static CorruptStateException Damaged(ThreadKey key, string what, Exception? error) => new(key, 0, $"the head cannot be read: {what}.", error);
}
