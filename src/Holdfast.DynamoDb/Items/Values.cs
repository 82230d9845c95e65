using System.Globalization;
using System.Runtime.InteropServices;

namespace Holdfast.DynamoDb.Items;

/// <summary>Attribute values, and reading them: what is missing or of another kind is damage.</summary>
internal static class Values
{
    public static AttributeValue Of(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };

    public static AttributeValue Of(bool flag) => new() { BOOL = flag };

    public static AttributeValue Of(Digest digest) => Of(digest.ToByteArray());

    public static AttributeValue Of(ReadOnlyMemory<byte> bytes) => new()
    {
        B = MemoryMarshal.TryGetArray(bytes, out var segment)
            ? new(segment.Array!, segment.Offset, segment.Count, writable: false, publiclyVisible: true)
            : new(bytes.ToArray(), writable: false),
    };

    public static string? Text(this Item item, string name) => item.TryGetValue(name, out var value) ? value.S : null;

    public static long? Number(this Item item, string name)
        => item.TryGetValue(name, out var value) && long.TryParse(value.N, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static bool Flag(this Item item, string name) => item.TryGetValue(name, out var value) && value.BOOL == true;

    public static ReadOnlyMemory<byte>? Bytes(this Item item, string name) => item.TryGetValue(name, out var value) && value.B is { } bytes ? Bytes(bytes) : null;

    public static ReadOnlyMemory<byte> Bytes(MemoryStream stream)
        => stream.TryGetBuffer(out var segment) ? segment : stream.ToArray();

    public static Digest? Digest(this Item item, string name)
        => item.Bytes(name) is { Length: Holdfast.Digest.Size } bytes ? Holdfast.Digest.FromBytes(bytes.Span) : null;

    /// <summary>Throws when an attribute was not there, or not what was expected.</summary>
    public static T OrCorrupt<T>(this T? value, ThreadKey key, long version, string name)
        where T : struct
        => value ?? throw Corrupt(key, version, name);

    /// <inheritdoc cref="OrCorrupt{T}(T?, ThreadKey, long, string)"/>
    public static string OrCorrupt(this string? value, ThreadKey key, long version, string name) => value ?? throw Corrupt(key, version, name);

    private static CorruptStateException Corrupt(ThreadKey key, long version, string name)
        => new(key, version, $"the attribute '{name}' of its {(version == 0 ? "head" : "entry")} is missing or of the wrong kind.");
}
