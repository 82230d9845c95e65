using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Rows;

/// <summary>Attribute values, and reading them: null when an attribute is not there, or is of another kind.</summary>
internal static class Values
{
    private const long MillisPerDay = 86_400_000;

    public static AttributeValue Of(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };

    public static AttributeValue Of(bool flag) => new() { BOOL = flag };

    public static AttributeValue Of(Digest digest) => Of(digest.ToByteArray());

    public static AttributeValue Of(DateTimeOffset instant) => Of(Instants.Floor(instant));

    public static AttributeValue? Of(DateTimeOffset? instant) => instant is { } value ? Of(value) : null;

    public static AttributeValue Of(ReadOnlyMemory<byte> bytes) => new()
    {
        B = MemoryMarshal.TryGetArray(bytes, out var segment)
            ? new(segment.Array!, segment.Offset, segment.Count, writable: false, publiclyVisible: true)
            : new(bytes.ToArray(), writable: false),
    };

    /// <summary>UTF-8 as text; null for null.</summary>
    public static AttributeValue? OfText(byte[]? utf8) => utf8 is null ? null : new(Encoding.UTF8.GetString(utf8));

    public static AttributeValue? OfText(string? text) => text is null ? null : new(text);

    /// <summary>The day of an instant, counted from 1970-01-01.</summary>
    public static AttributeValue Day(DateTimeOffset instant) => Of((long)Math.Floor(Instants.Floor(instant) / (double)MillisPerDay));

    public static AttributeValue? DayOrNull(DateTimeOffset? instant) => instant is { } value ? Day(value) : null;

    /// <summary>Whether two texts, numbers or sets of bytes are the same, or neither is there.</summary>
    public static bool AreSame(AttributeValue? one, AttributeValue? other)
        => one?.S == other?.S && one?.N == other?.N
            && (one?.BS ?? []).Select(KeyOf).ToHashSet(StringComparer.Ordinal).SetEquals((other?.BS ?? []).Select(KeyOf));

    public static string? Text(this Item item, string name) => item.TryGetValue(name, out var value) ? value.S : null;

    public static long? Number(this Item item, string name)
        => item.TryGetValue(name, out var value) && long.TryParse(value.N, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    // A plain null would be turned into memory of no bytes.
    public static ReadOnlyMemory<byte>? Bytes(this Item item, string name)
        => item.TryGetValue(name, out var value) && value.B is { } bytes ? Bytes(bytes) : default(ReadOnlyMemory<byte>?);

    public static ReadOnlyMemory<byte> Bytes(MemoryStream stream)
        => stream.TryGetBuffer(out var segment) ? segment : stream.ToArray();

    public static Digest? Digest(this Item item, string name)
        => item.Bytes(name) is { Length: Holdfast.Digest.Size } bytes ? Holdfast.Digest.FromBytes(bytes.Span) : null;

    private static string KeyOf(MemoryStream bytes) => Convert.ToHexString(Bytes(bytes).Span);

    /// <summary>Adds the attributes that have a value.</summary>
    public static void AddAll(this Item item, IEnumerable<KeyValuePair<string, AttributeValue?>> attributes)
    {
        foreach (var (name, value) in attributes)
        {
            if (value is not null)
            {
                item.Add(name, value);
            }
        }
    }
}
