using System.Runtime.InteropServices;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>Metadata as JSON, and the ownership of its values.</summary>
internal static class MetadataJson
{
    public static void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, JsonElement> metadata)
    {
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

    /// <summary>Reads metadata whose opening brace the reader is at.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Read(ref Utf8JsonReader reader)
    {
        var metadata = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            metadata[key] = JsonElement.ParseValue(ref reader);
        }

        return metadata.AsReadOnly();
    }

    /// <summary>A copy of metadata that nobody else can change or dispose, or <paramref name="owned"/> when that says the same.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Own(
        IReadOnlyDictionary<string, JsonElement> metadata, IReadOnlyDictionary<string, JsonElement>? owned)
        => owned is not null && ThreadHead.IsSameMetadata(metadata, owned) ? owned
            : metadata.Count == 0 ? ThreadHead.EmptyMetadata
            : metadata.ToDictionary(pair => pair.Key, pair => pair.Value.Clone(), StringComparer.Ordinal).AsReadOnly();
}
