using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Rows;

/// <summary>
/// The hash of a head. Commits own s(tate, see <see cref="HeadState"/>) and j (the rest as JSON); x is the expiry. Written when the thread begins and then by
/// maintenance alone: l(ife, 16 bytes), f(irst version), r(evision), h(eartbeat), n(umber of pins), q (the lowest version that a pin keeps), and p:NAME for each
/// property. What is 1 (f), 0 or nothing is not there. What follows from nothing else is guarded: x, r and h are there once more as x2, r2 and h2, and the texts of properties and pins have a hash.
/// </summary>
internal static class HeadFields
{
    public const string BeforeProperty = "p:";
    private const int LifeSize = 16;
    private static readonly HashSet<string> Names = new(["s", "j", "x", "x2", "l", "f", "r", "r2", "h", "h2", "n", "q"], StringComparer.Ordinal);

    /// <summary>Reads all fields of a head; null when there are none: there is no such thread.</summary>
    /// <exception cref="CorruptStateException">They cannot be a head.</exception>
    /// <exception cref="UnknownFormatException">A newer version of the library wrote it.</exception>
    public static ThreadHead? ReadStored(HashEntry[] fields, ThreadKey key, RedisKey name) => fields.Length == 0 ? null : Read(fields, key, name);

    /// <summary>Reads what a script answered of a thread that is there: all fields, or nothing if there are entries and no head.</summary>
    /// <exception cref="CorruptStateException">There is no head, or the fields cannot be one.</exception>
    /// <exception cref="UnknownFormatException">A newer version of the library wrote it.</exception>
    public static ThreadHead Read(RedisResult answer, ThreadKey key, RedisKey name)
        => answer.IsNull ? throw Missing(key) : Read([.. ((RedisValue[])answer!).Chunk(2).Select(pair => new HashEntry(pair[0], pair[1]))], key, name);

    /// <summary>Reads the hash of pins as a script answered it.</summary>
    /// <exception cref="CorruptStateException">One of them cannot be a pin.</exception>
    public static IReadOnlyList<Pin> ReadPins(RedisResult answer, ThreadKey key)
        => [.. ((RedisValue[])answer!).Chunk(2).Select(pair => HeadCodec.ReadPin(
            (byte[]?)pair[0] is { Length: LifeSize } life ? CommitId.FromBytes(life) : throw new CorruptStateException(key, 0, "its pins cannot be read: one is of no life."),
            GuardedText.Read(pair[0], pair[1], key),
            key))];

    /// <summary>A pin as the hash of pins has it: its life, and the rest of it.</summary>
    public static RedisValue[] WritePin(Pin pin)
    {
        var life = pin.Life.ToByteArray();
        return [life, GuardedText.Write(life, HeadCodec.WritePin(pin))];
    }

    /// <summary>The error for entries without a head.</summary>
    public static CorruptStateException Missing(ThreadKey key)
        => new(key, 0, "it has entries and no head. Did the server evict keys? docs/redis.md tells how to keep it from doing so.");

    private static ThreadHead Read(HashEntry[] fields, ThreadKey key, RedisKey name)
    {
        var known = fields.Where(field => !Name(field).StartsWith(BeforeProperty, StringComparison.Ordinal)).ToDictionary(Name, field => field.Value, StringComparer.Ordinal);
        if ((byte[]?)known.GetValueOrDefault("l") is not { Length: LifeSize } life || HeadState.Read((byte[]?)known.GetValueOrDefault("s"), key, CommitId.FromBytes(life)) is not { } head
            || (byte[]?)known.GetValueOrDefault("j") is not { } json)
        {
            throw Damaged(key, name, "its fields are not those that Holdfast writes", null);
        }

        if (known.Keys.FirstOrDefault(field => !Names.Contains(field)) is { } unknown)
        {
            throw Damaged(key, name, $"this version of Holdfast knows of no field '{unknown}'", null);
        }

        try
        {
            var pins = Number("n") ?? 0;
            return HeadJson.Read(json, head) with
            {
                ExpiresAt = Instants.Read(Twice("x"), key),
                FirstVersion = Number("f") ?? 1,
                Revision = Twice("r") ?? 0,
                Heartbeat = Twice("h") ?? 0,
                PinCount = checked((int)pins),
                LowestPin = pins == 0 ? null : Number("q"),
                Properties = ReadProperties(fields, key),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException or OverflowException or CorruptStateException)
        {
            throw Damaged(key, name, "its JSON or one of its numbers is not what Holdfast writes", e);
        }

        long? Number(string field)
            => known.TryGetValue(field, out var value) ? value.TryParse(out long number) ? number : throw new FormatException($"'{field}' is no number.") : null;

        long? Twice(string field)
            => known.GetValueOrDefault(field) == known.GetValueOrDefault(field + "2") ? Number(field) : throw new FormatException($"'{field}' and '{field}2' are not the same.");
    }

    private static IReadOnlyDictionary<string, string> ReadProperties(HashEntry[] fields, ThreadKey key)
    {
        SortedDictionary<string, string>? properties = null;
        foreach (var field in fields)
        {
            if (Name(field) is var name && name.StartsWith(BeforeProperty, StringComparison.Ordinal))
            {
                (properties ??= new(StringComparer.Ordinal)).Add(name[BeforeProperty.Length..], Encoding.UTF8.GetString(GuardedText.Read(field.Name, field.Value, key).Span));
            }
        }

        return properties is null ? ThreadHead.NoProperties : properties.AsReadOnly();
    }

    private static string Name(HashEntry field) => (string?)field.Name ?? "";

    private static CorruptStateException Damaged(ThreadKey key, RedisKey name, string what, Exception? error)
        => new(key, 0, $"the head in '{(string)name!}' cannot be read: {what}.", error);
}
