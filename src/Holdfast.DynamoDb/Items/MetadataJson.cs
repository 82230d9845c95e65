using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Items;

/// <summary>The metadata of a head: as JSON text, and as the tags by which it is found.</summary>
internal static class MetadataJson
{
    /// <summary>How many bytes of a digest are a tag. Two terms may share one: what a tag finds is always compared with the head itself.</summary>
    public const int TagSize = 8;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // The values were within the depth limit on their own; the object around them adds one.
    private static readonly JsonDocumentOptions ReaderOptions = new() { MaxDepth = 1024 };

    /// <summary>The JSON text; null for no metadata.</summary>
    public static string? Write(IReadOnlyDictionary<string, JsonElement> metadata)
    {
        if (metadata.Count == 0)
        {
            return null;
        }

        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, WriterOptions))
        {
            json.WriteStartObject();
            foreach (var (key, value) in metadata)
            {
                json.WritePropertyName(key);
                json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="CorruptStateException">It is not a JSON object.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Read(string? text, ThreadKey key)
    {
        if (text is null)
        {
            return ThreadHead.EmptyMetadata;
        }

        try
        {
            using var document = JsonDocument.Parse(text, ReaderOptions);
            return document.RootElement.Clone().EnumerateObject().ToDictionary(member => member.Name, member => member.Value).AsReadOnly();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new CorruptStateException(key, 0, "its metadata was expected to be a JSON object and is not.", e);
        }
    }

    /// <summary>The tags of everything in the metadata that can be searched for; null when there is nothing.</summary>
    public static AttributeValue? Tags(IReadOnlyDictionary<string, JsonElement> metadata)
    {
        // A set may not have the same element twice, nor be empty.
        var tags = new Dictionary<ulong, MemoryStream>(metadata.Count);
        foreach (var (key, value) in metadata)
        {
            if (Tag(key, value) is { } tag)
            {
                tags.TryAdd(BitConverter.ToUInt64(tag), new(tag));
            }
        }

        return tags.Count == 0 ? null : new() { BS = [.. tags.Values] };
    }

    /// <summary>The tag of a key with a value; null for a value that cannot be searched for.</summary>
    public static byte[]? Tag(string key, JsonElement value)
        => MetadataTerm.Of(value) is { } term ? SHA256.HashData(Encoding.UTF8.GetBytes($"{key}\0{term}"))[..TagSize] : null;
}
