using System.Globalization;
using System.Runtime.InteropServices;

namespace Holdfast.DynamoDb.Items;

/// <summary>Attribute values, and reading them: null when an attribute is not there, or is of another kind.</summary>
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

    public static ReadOnlyMemory<byte>? Bytes(this Item item, string name) => item.TryGetValue(name, out var value) && value.B is { } bytes ? Bytes(bytes) : null;

    public static ReadOnlyMemory<byte> Bytes(MemoryStream stream)
        => stream.TryGetBuffer(out var segment) ? segment : stream.ToArray();

    public static Digest? Digest(this Item item, string name)
        => item.Bytes(name) is { Length: Holdfast.Digest.Size } bytes ? Holdfast.Digest.FromBytes(bytes.Span) : null;
}
