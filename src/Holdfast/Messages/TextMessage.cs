using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Messages that are one text, which nearly all are: written to the same bytes as by the serializer, without what it costs.</summary>
internal static class TextMessage
{
    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="buffer">Where its JSON text is kept; null for an array of its own.</param>
    /// <returns>Its JSON text; null if it is not only a text, or one that cannot be stored.</returns>
    public static ReadOnlyMemory<byte>? TryWrite(ChatMessage message, MessageBuffer? buffer)
        => message is { AdditionalProperties: null, Contents: [TextContent { Annotations: null, AdditionalProperties: null } text] }
            && message.GetType() == typeof(ChatMessage) && text.GetType() == typeof(TextContent)
            ? TryWrite(message.Role, text.Text, message.CreatedAt, buffer, message.AuthorName, message.MessageId)
            : null;

    /// <summary>Writes a message of a role and a text; the answer is that of <see cref="TryWrite(ChatMessage, MessageBuffer?)"/>.</summary>
    public static ReadOnlyMemory<byte>? TryWrite(ChatRole role, string? text, DateTimeOffset? createdAt, MessageBuffer? buffer, string? author = null, string? id = null)
    {
        if (role.Value is null || text is null || StrictEncoder.HasLoneSurrogate(role.Value) || StrictEncoder.HasLoneSurrogate(text)
            || StrictEncoder.HasLoneSurrogate(author) || StrictEncoder.HasLoneSurrogate(id))
        {
            return null;
        }

        var scratch = JsonScratch.Take();
        var writer = scratch.Writer;
        writer.WriteStartObject();
        if (author is not null)
        {
            writer.WriteString("authorName"u8, author);
        }

        if (createdAt is { } time)
        {
            writer.WriteString("createdAt"u8, time);
        }

        writer.WriteString("role"u8, role.Value);
        writer.WriteStartArray("contents"u8);
        writer.WriteStartObject();
        writer.WriteString("$type"u8, "text"u8);
        writer.WriteString("text"u8, text);
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (id is not null)
        {
            writer.WriteString("messageId"u8, id);
        }

        writer.WriteEndObject();
        return buffer is null ? scratch.Finish().ToArray() : buffer.Add(scratch.Finish());
    }
}
