using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Postgres.Rows;

/// <summary>
/// Metadata in two columns: what jsonb can hold, made so that values that are equal by <see cref="MetadataTerm"/> are equal there, and the original where
/// it differs from that.
/// </summary>
/// <param name="Searchable">A JSON object, or null when there is no metadata.</param>
/// <param name="Exact">The original, or null when <paramref name="Searchable"/> is it.</param>
internal readonly record struct MetadataColumns(byte[]? Searchable, byte[]? Exact)
{
    /// <summary>The most digits that a decimal surely holds exactly: such a number is compared by jsonb as <see cref="MetadataTerm"/> compares it.</summary>
    private const int ExactDigits = 28;

    /// <exception cref="InvalidStateValueException">A key has half of a surrogate pair.</exception>
    public static MetadataColumns Of(IReadOnlyDictionary<string, JsonElement> metadata)
    {
        if (metadata.Count == 0)
        {
            return default;
        }

        var isExact = true;
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using var writer = HeadCodec.Writer(buffer);
            writer.WriteStartObject();
            foreach (var (key, value) in metadata)
            {
                isExact &= WriteSearchable(writer, key, value);
            }

            writer.WriteEndObject();
        }
        catch (ArgumentException e)
        {
            throw new InvalidStateValueException("A metadata key has half of a surrogate pair, which UTF-8 cannot hold.", e);
        }

        return new(buffer.WrittenSpan.ToArray(), isExact ? null : HeadCodec.WriteMetadata(metadata));
    }

    /// <summary>Reads what <see cref="Of"/> made.</summary>
    /// <exception cref="CorruptStateException">It is no JSON object.</exception>
    public IReadOnlyDictionary<string, JsonElement> Read(ThreadKey key) => HeadCodec.ReadMetadata(Exact ?? Searchable, key);

    /// <returns>Whether what was written is the original.</returns>
    private static bool WriteSearchable(Utf8JsonWriter writer, string key, JsonElement value)
    {
        var isExact = !key.Contains('\0');
        writer.WritePropertyName(isExact ? key : "$digest:" + Digest.Compute(Encoding.UTF8.GetBytes(key)));
        var raw = JsonMarshal.GetRawUtf8Value(value);
        if (PlainJson.CanHold(raw) && (value.ValueKind != JsonValueKind.Number || IsCommonNumber(raw)))
        {
            WriteRaw(writer, value);
            return isExact;
        }

        WriteTerm(writer, MetadataTerm.Of(value));
        return false;
    }

    // The term is equal for equal values. Where it is no number, it is the value of an object and so meets no value that others have: objects are not
    // searched for.
    private static void WriteTerm(Utf8JsonWriter writer, string? term)
    {
        if (term is ['n', .. var number] && PlainJson.CanHold(Encoding.ASCII.GetBytes(number)))
        {
            writer.WriteRawValue(number, skipInputValidation: true);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("$term", term);
        writer.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter writer, JsonElement value) => writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    private static bool IsCommonNumber(ReadOnlySpan<byte> number) => number.Length <= ExactDigits && number.IndexOfAny((byte)'e', (byte)'E') < 0;
}
