using System.Buffers;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Redis.Rows;

/// <summary>What few commits change of a head, as JSON text.</summary>
internal static class HeadJson
{
    // The values were within the depth limit on their own; the objects around them add to it.
    private static readonly JsonDocumentOptions ReaderOptions = new() { MaxDepth = 1024 };

    public static byte[] Write(ThreadHead head)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = HeadCodec.Writer(text))
        {
            json.WriteStartObject();
            WriteText(json, "user"u8, head.UserId);
            WriteText(json, "agent"u8, head.Agent);
            json.WriteString("status"u8, head.Status.ToName());
            json.WriteNumber("created"u8, Instants.Floor(head.CreatedAt));
            if (Instants.Floor(head.DeletedAt) is { } deleted)
            {
                json.WriteNumber("deleted"u8, deleted);
            }

            if (head.Metadata.Count > 0)
            {
                json.WritePropertyName("metadata"u8);
                HeadCodec.WriteMetadata(json, head.Metadata);
            }

            if (head.Terms.Count > 0)
            {
                json.WritePropertyName("terms"u8);
                HeadCodec.WriteTerms(json, head.Terms);
            }

            json.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>Completes a head by what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A member is not what it should be.</exception>
    /// <exception cref="KeyNotFoundException">A member is missing.</exception>
    /// <exception cref="UnknownFormatException">A newer version of the library wrote it.</exception>
    public static ThreadHead Read(ReadOnlyMemory<byte> text, ThreadHead head)
    {
        using var document = JsonDocument.Parse(text, ReaderOptions);
        var root = document.RootElement;
        return head with
        {
            UserId = root.TryGetProperty("user"u8, out var user) ? user.GetString() : null,
            Agent = root.TryGetProperty("agent"u8, out var agent) ? agent.GetString() : null,
            Status = ThreadStatusNames.Read(root.GetProperty("status"u8).GetString() ?? "", head.Key),
            CreatedAt = Instants.Read(root.GetProperty("created"u8).GetInt64(), head.Key),
            DeletedAt = root.TryGetProperty("deleted"u8, out var deleted) ? Instants.Read(deleted.GetInt64(), head.Key) : null,
            Metadata = root.TryGetProperty("metadata"u8, out var metadata) ? HeadCodec.ReadMetadata(metadata) : ThreadHead.EmptyMetadata,
            Terms = root.TryGetProperty("terms"u8, out var terms) ? HeadCodec.ReadTerms(terms) : [],
        };
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }
}
