using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Sqlite.Rows;

/// <summary>The metadata of a head as JSON text.</summary>
internal static class MetadataJson
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // The values were within the depth limit on their own; the object around them adds one.
    private static readonly JsonDocumentOptions ReaderOptions = new() { MaxDepth = 1024 };

    /// <summary>Writes the JSON text; nothing for no metadata.</summary>
    public static void Write(IReadOnlyDictionary<string, JsonElement> metadata, IBufferWriter<byte> output)
    {
        if (metadata.Count == 0)
        {
            return;
        }

        using var json = new Utf8JsonWriter(output, WriterOptions);
        json.WriteStartObject();
        foreach (var (key, value) in metadata)
        {
            json.WritePropertyName(key);
            json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="CorruptStateException">It is not a JSON object.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Read(ReadOnlySpan<byte> text, ThreadKey key)
    {
        if (text.IsEmpty)
        {
            return ThreadHead.EmptyMetadata;
        }

        try
        {
            using var document = JsonDocument.Parse(text.ToArray(), ReaderOptions);
            return document.RootElement.Clone().EnumerateObject().ToDictionary(member => member.Name, member => member.Value).AsReadOnly();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new CorruptStateException(key, 0, "its metadata was expected to be a JSON object and is not.", e);
        }
    }

    /// <summary>What can be searched for: key → term.</summary>
    public static Dictionary<string, string> Terms(IReadOnlyDictionary<string, JsonElement> metadata)
    {
        var terms = new Dictionary<string, string>(metadata.Count);
        foreach (var (key, value) in metadata)
        {
            if (MetadataTerm.Of(value) is { } term)
            {
                terms.Add(key, term);
            }
        }

        return terms;
    }
}
