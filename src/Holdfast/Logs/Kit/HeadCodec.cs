using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>The parts of a head that logs store as JSON: metadata, properties, terms, pins.</summary>
/// <remarks>What is written is compact and has neither line feeds nor carriage returns. Names and values keep their own spelling.</remarks>
public static class HeadCodec
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // The values were within the depth limit on their own; the objects around them add to it.
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = 1024 };

    /// <summary>A writer of JSON as it is stored. Values within are not checked.</summary>
    public static Utf8JsonWriter Writer(IBufferWriter<byte> output) => new(output, WriterOptions);

    /// <summary>Metadata as a JSON object, in UTF-8; null for no metadata.</summary>
    public static byte[]? WriteMetadata(IReadOnlyDictionary<string, JsonElement> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return metadata.Count == 0 ? null : Write(writer => WriteMetadata(writer, metadata));
    }

    /// <summary>Writes metadata as a JSON object.</summary>
    public static void WriteMetadata(Utf8JsonWriter writer, IReadOnlyDictionary<string, JsonElement> metadata)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(metadata);
        writer.WriteStartObject();
        foreach (var (key, value) in metadata)
        {
            writer.WritePropertyName(key);
            var raw = JsonMarshal.GetRawUtf8Value(value);
            if (raw.IndexOfAny((byte)'\n', (byte)'\r') >= 0)
            {
                value.WriteTo(writer);
            }
            else
            {
                writer.WriteRawValue(raw, skipInputValidation: true);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads what <see cref="WriteMetadata(IReadOnlyDictionary{string, JsonElement})"/> wrote; nothing for empty text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="key">The thread.</param>
    /// <exception cref="CorruptStateException">It is not a JSON object.</exception>
    public static IReadOnlyDictionary<string, JsonElement> ReadMetadata(ReadOnlyMemory<byte> json, ThreadKey key)
        => json.IsEmpty ? ThreadHead.EmptyMetadata : Read(json, key, "metadata", ReadMetadata);

    /// <summary>Reads metadata from a JSON object. What is returned does not need its document.</summary>
    /// <exception cref="InvalidOperationException">It is not a JSON object.</exception>
    public static IReadOnlyDictionary<string, JsonElement> ReadMetadata(JsonElement metadata)
        => metadata.Clone().EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal).AsReadOnly();

    /// <summary>Properties as a JSON object of strings, in UTF-8; null for none.</summary>
    public static byte[]? WriteProperties(IReadOnlyDictionary<string, string> properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        return properties.Count == 0 ? null : Write(writer => WriteProperties(writer, properties));
    }

    /// <summary>Writes properties as a JSON object of strings.</summary>
    public static void WriteProperties(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> properties)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(properties);
        writer.WriteStartObject();
        foreach (var (name, value) in properties)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads what <see cref="WriteProperties(IReadOnlyDictionary{string, string})"/> wrote; nothing for empty text.</summary>
    /// <exception cref="CorruptStateException">It is not a JSON object of strings.</exception>
    public static IReadOnlyDictionary<string, string> ReadProperties(ReadOnlyMemory<byte> json, ThreadKey key)
        => json.IsEmpty ? ThreadHead.NoProperties : Read(json, key, "properties", ReadProperties);

    /// <summary>Reads properties from a JSON object of strings.</summary>
    /// <exception cref="InvalidOperationException">It is not a JSON object of strings.</exception>
    public static IReadOnlyDictionary<string, string> ReadProperties(JsonElement properties)
        => properties.EnumerateObject().ToDictionary(member => member.Name, member => TextOf(member.Value), StringComparer.Ordinal).AsReadOnly();

    /// <summary>Terms as a JSON array of strings, in UTF-8; null for none.</summary>
    public static byte[]? WriteTerms(IReadOnlyList<string> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return terms.Count == 0 ? null : Write(writer => WriteTerms(writer, terms));
    }

    /// <summary>Writes terms as a JSON array of strings.</summary>
    public static void WriteTerms(Utf8JsonWriter writer, IReadOnlyList<string> terms)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(terms);
        writer.WriteStartArray();
        foreach (var term in terms)
        {
            writer.WriteStringValue(term);
        }

        writer.WriteEndArray();
    }

    /// <summary>Reads what <see cref="WriteTerms(IReadOnlyList{string})"/> wrote; nothing for empty text.</summary>
    /// <exception cref="CorruptStateException">It is not a JSON array of strings.</exception>
    public static IReadOnlyList<string> ReadTerms(ReadOnlyMemory<byte> json, ThreadKey key) => json.IsEmpty ? [] : Read(json, key, "terms", ReadTerms);

    /// <summary>Reads terms from a JSON array of strings.</summary>
    /// <exception cref="InvalidOperationException">It is not a JSON array of strings.</exception>
    public static IReadOnlyList<string> ReadTerms(JsonElement terms) => [.. terms.EnumerateArray().Select(TextOf)];

    /// <summary>A pin as a JSON array in UTF-8: the space, the tenant and the id of the thread that shows the versions, the lowest version, the highest version.</summary>
    /// <remarks>Its life is not written: it is what the pin is stored under. The versions stay the last two elements, where scripts of a server can find them.</remarks>
    public static byte[] WritePin(Pin pin)
    {
        ArgumentNullException.ThrowIfNull(pin);
        return Write(writer =>
        {
            writer.WriteStartArray();
            writer.WriteStringValue(pin.Key.Space.ToName());
            writer.WriteStringValue(pin.Key.Tenant);
            writer.WriteStringValue(pin.Key.Id.Value);
            writer.WriteNumberValue(pin.From);
            writer.WriteNumberValue(pin.To);
            writer.WriteEndArray();
        });
    }

    /// <summary>Reads what <see cref="WritePin"/> wrote.</summary>
    /// <param name="life">The life that it is stored under.</param>
    /// <param name="json">The text.</param>
    /// <param name="key">The thread that is pinned.</param>
    /// <exception cref="CorruptStateException">It is not a pin.</exception>
    public static Pin ReadPin(CommitId life, ReadOnlyMemory<byte> json, ThreadKey key) => Read(json, key, "pins", pin =>
    {
        var holder = ThreadSpaceNames.TryParse(TextOf(pin[0]), out var space)
            ? ThreadKey.Of(space, TextOf(pin[1]), TextOf(pin[2]))
            : throw new InvalidOperationException($"There is no space '{pin[0]}'.");
        return new Pin { Life = life, Key = holder, From = pin[3].GetInt64(), To = pin[4].GetInt64() };
    });

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = Writer(output))
        {
            write(writer);
        }

        return output.WrittenSpan.ToArray();
    }

    private static T Read<T>(ReadOnlyMemory<byte> json, ThreadKey key, string what, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json, DocumentOptions);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException or InvalidIdentifierException)
        {
            throw new CorruptStateException(key, 0, $"its {what} cannot be read: {e.Message}", e);
        }
    }

    private static string TextOf(JsonElement text) => text.GetString() ?? throw new InvalidOperationException("A text was expected and null was found.");
}
