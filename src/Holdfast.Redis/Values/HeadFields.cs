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
    public static StoredHead? ReadStored(RedisValue[] fields, ThreadKey key, RedisKey name)
        => fields[0].IsNull ? null : new(Read(fields, key, name), (byte[]?)fields[3] ?? throw Damaged(key, name, "it has no first commit", null));

    /// <summary>Reads what a script answered of a thread that is there: the first three of <see cref="Names"/>, or nothing if there are entries and no head.</summary>
    /// <exception cref="CorruptStateException">There is no head, or the fields cannot be one.</exception>
    public static ThreadHead Read(RedisResult answer, ThreadKey key, RedisKey name)
        => answer.IsNull ? throw Missing(key) : Read((RedisValue[])answer!, key, name);

    /// <summary>The error for entries without a head.</summary>
    public static CorruptStateException Missing(ThreadKey key)
        => new(key, 0, "it has entries and no head. Did the server evict keys? docs/redis.md tells how to keep it from doing so.");

    private static ThreadHead Read(RedisValue[] fields, ThreadKey key, RedisKey name)
    {
        if (HeadState.Read((byte[]?)fields[0], key) is not { } head || (byte[]?)fields[2] is not { } json
            || (!fields[1].IsNull && !(fields[1].TryParse(out long expiry) && Instants.AreValid(expiry))))
        {
            throw Damaged(key, name, "its fields are not those that Holdfast writes", null);
        }

        try
        {
            return HeadJson.Read(json, fields[1].IsNull ? head : head with { ExpiresAt = Instants.Read(fields[1]) });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw Damaged(key, name, "its JSON is not what Holdfast writes", e);
        }
    }

    private static CorruptStateException Damaged(ThreadKey key, RedisKey name, string what, Exception? error)
        => new(key, 0, $"the head in '{(string)name!}' cannot be read: {what}.", error);
}
