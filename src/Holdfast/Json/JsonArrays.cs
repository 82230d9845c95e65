using System.Buffers;

namespace Holdfast;

/// <summary>JSON arrays as texts that grow.</summary>
internal static class JsonArrays
{
    public static ReadOnlyMemory<byte> Empty { get; } = "[]"u8.ToArray();

    /// <summary>Whether a valid JSON text is that of an array.</summary>
    public static bool IsArray(ReadOnlyMemory<byte> json) => json.Span.TrimStart(Blanks) is [(byte)'[', ..];

    /// <summary>The text of an array with elements added at its end.</summary>
    public static ReadOnlyMemory<byte> Join(ReadOnlyMemory<byte> array, IReadOnlyList<ReadOnlyMemory<byte>> elements)
    {
        var open = array.Span[..^1].TrimEnd(Blanks);
        if (array.Span is not [.., (byte)']'])
        {
            open = array.Span[..array.Span.LastIndexOf((byte)']')].TrimEnd(Blanks);
        }

        var joined = new ArrayBufferWriter<byte>(array.Length + elements.Sum(element => element.Length + 1));
        joined.Write(open);
        var isFirst = open is [.., (byte)'['] && open.TrimStart(Blanks).Length == 1;
        foreach (var element in elements)
        {
            if (!isFirst)
            {
                joined.Write(","u8);
            }

            joined.Write(element.Span);
            isFirst = false;
        }

        joined.Write("]"u8);
        return joined.WrittenMemory;
    }

    private static ReadOnlySpan<byte> Blanks => " \t\r\n"u8;
}
