using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Redis.Values;

/// <summary>What few commits change of a head, as JSON text.</summary>
internal static class HeadJson
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // The values were within the depth limit on their own; the objects around them add to it.
    private static readonly JsonDocumentOptions ReaderOptions = new() { MaxDepth = 1024 };

    public static byte[] Write(ThreadHead head)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, WriterOptions))
        {
            json.WriteStartObject();
            WriteText(json, "user"u8, head.UserId);
            WriteText(json, "agent"u8, head.Agent);
            json.WriteString("status"u8, head.Status.ToName());
            json.WriteNumber("created"u8, Instants.Floor(head.CreatedAt));
            if (head.DeletedAt is { } deleted)
            {
                json.WriteNumber("deleted"u8, Instants.Floor(deleted));
            }

            if (head.Metadata.Count > 0)
            {
                WriteMetadata(json, head.Metadata);
            }

            json.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>Completes a head by what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A member is not what it should be.</exception>
    /// <exception cref="KeyNotFoundException">A member is missing.</exception>
    public static ThreadHead Read(ReadOnlyMemory<byte> text, ThreadHead head)
    {
        using var document = JsonDocument.Parse(text, ReaderOptions);
        var root = document.RootElement;
        var status = root.GetProperty("status"u8).GetString()!;
        return head with
        {
            UserId = root.TryGetProperty("user"u8, out var user) ? user.GetString() : null,
            Agent = root.TryGetProperty("agent"u8, out var agent) ? agent.GetString() : null,
            Status = ThreadStatusNames.TryParse(status, out var known) ? known : throw new InvalidOperationException($"The status '{status}' is none that this version of Holdfast knows."),
            CreatedAt = Instant(root.GetProperty("created"u8)),
            DeletedAt = root.TryGetProperty("deleted"u8, out var deleted) ? Instant(deleted) : null,
            Metadata = root.TryGetProperty("metadata"u8, out var metadata)
                ? metadata.Clone().EnumerateObject().ToDictionary(member => member.Name, member => member.Value).AsReadOnly()
                : ThreadHead.EmptyMetadata,
        };
    }

    private static DateTimeOffset Instant(JsonElement millis) => DateTimeOffset.FromUnixTimeMilliseconds(millis.GetInt64());

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, JsonElement> metadata)
    {
        json.WriteStartObject("metadata"u8);
        foreach (var (key, value) in metadata)
        {
            json.WritePropertyName(key);
            json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
        }

        json.WriteEndObject();
    }
}
