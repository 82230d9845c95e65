using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Messages as JSON text and back.</summary>
internal static class MessageCodec
{
    // A message that was read is known again when it comes back unchanged, so that it is stored in its first words: what this
    // process does not know of it (properties of a newer version) is not lost.
    private static readonly ConditionalWeakTable<ChatMessage, StoredMessage> Origins = new();

    public static JsonSerializerOptions Options { get; } = MakeOptions();

    private static JsonTypeInfo<ChatMessage> TypeInfo { get; } = (JsonTypeInfo<ChatMessage>)Options.GetTypeInfo(typeof(ChatMessage));

    private static JsonTypeInfo<AIContent> ContentTypeInfo { get; } = (JsonTypeInfo<AIContent>)Options.GetTypeInfo(typeof(AIContent));

    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="path">Names it in errors.</param>
    /// <param name="buffer">Where its text may be kept; null for an array of its own.</param>
    /// <exception cref="InvalidStateValueException">Part of it cannot be JSON.</exception>
    public static StoredMessage Write(ChatMessage message, ValuePath path, MessageBuffer? buffer = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!Origins.TryGetValue(message, out var origin))
        {
            return new(TextMessage.TryWrite(message, buffer) ?? SerializeAny(message, path));
        }

        var json = Serialize(message, path);
        return json.Span.SequenceEqual(Serialize(ParseWithTime(origin, path), path).Span) ? origin.CommittedAt(null) : new(json);
    }

    /// <summary>Writes a message of text, as <see cref="Write(ChatMessage, ValuePath, MessageBuffer?)"/> does.</summary>
    public static StoredMessage Write(ChatRole role, string text, DateTimeOffset createdAt, ValuePath path, MessageBuffer buffer)
        => TextMessage.TryWrite(role, text, createdAt, buffer) is { } json ? new(json) : Write(new ChatMessage(role, text) { CreatedAt = createdAt }, path);

    /// <summary>Throws if JSON text is not that of a message; <paramref name="path"/> names it in the error.</summary>
    /// <exception cref="InvalidStateValueException">It is not.</exception>
    public static StoredMessage Check(StoredMessage stored, ValuePath path)
    {
        Parse(stored, path);
        return stored;
    }

    /// <summary>Reads a message.</summary>
    /// <exception cref="InvalidStateValueException">It is not a message, which Holdfast never writes.</exception>
    public static ChatMessage Read(StoredMessage stored)
    {
        var message = ParseWithTime(stored, "A stored message");
        Origins.Add(message, stored);
        return message;
    }

    /// <summary>Reads a message as it was written: without the time of its commit.</summary>
    /// <exception cref="InvalidStateValueException">It is not a message, which Holdfast never writes.</exception>
    public static ChatMessage ReadAsWritten(StoredMessage stored) => Parse(stored, "A stored message");

    private static ChatMessage ParseWithTime(StoredMessage stored, ValuePath path)
    {
        var message = Parse(stored, path);
        message.CreatedAt ??= stored.At;
        return message;
    }

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions(AIJsonUtilities.DefaultOptions)
        {
            WriteIndented = false,
            AllowOutOfOrderMetadataProperties = true,
            MaxDepth = Utf8Json.MaxDepth,
        };
        options.MakeReadOnly();
        return options;
    }

    private static ReadOnlyMemory<byte> Serialize(ChatMessage message, ValuePath path) => TextMessage.TryWrite(message, null) ?? SerializeAny(message, path);

    private static byte[] SerializeAny(ChatMessage message, ValuePath path)
    {
        try
        {
            var hasOpaque = message.Contents.Any(content => content is OpaqueContent);
            var json = hasOpaque ? SerializeWithOpaque(message) : JsonSerializer.SerializeToUtf8Bytes(message, TypeInfo);
            Utf8Json.CheckDepth(json, path);
            Utf8Json.RefuseReplacedText(json, hasOpaque ? WithoutOpaque(message) : message, TypeInfo);
            return json;
        }
        catch (Exception e) when (IsOfTheJson(e))
        {
            throw new InvalidStateValueException($"{path}{Blame(message)} cannot be stored as JSON: {e.Message}", e);
        }
    }

    private static byte[] SerializeWithOpaque(ChatMessage message)
    {
        var bare = message.Clone();
        bare.Contents = [];
        using var document = JsonSerializer.SerializeToDocument(bare, TypeInfo);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Utf8Json.WriterOptions))
        {
            writer.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject().Where(property => !property.NameEquals("contents")))
            {
                property.WriteTo(writer);
            }

            writer.WriteStartArray("contents");
            foreach (var content in message.Contents)
            {
                if (content is OpaqueContent opaque)
                {
                    writer.WriteRawValue(opaque.Json);
                }
                else
                {
                    JsonSerializer.Serialize(writer, content, ContentTypeInfo);
                }
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static ChatMessage WithoutOpaque(ChatMessage message)
    {
        var known = message.Clone();
        known.Contents = [.. message.Contents.Where(content => content is not OpaqueContent)];
        return known;
    }

    private static ChatMessage Parse(StoredMessage stored, ValuePath path)
    {
        try
        {
            if (JsonSerializer.Deserialize(stored.Json.Span, TypeInfo) is { } message && !message.Contents.Any(IsUntyped))
            {
                return message;
            }
        }
        catch (Exception e) when (IsOfTheJson(e))
        {
            // Not every content is known here.
        }

        try
        {
            return ParseWithOpaque(stored.Json);
        }
        catch (Exception e) when (IsOfTheJson(e))
        {
            throw new InvalidStateValueException($"{path} is not the JSON of a message: {e.Message}", e);
        }
    }

    // Content without `$type` is read as a bare AIContent, which would lose all that it says.
    private static bool IsUntyped(AIContent? content) => content is null || content.GetType() == typeof(AIContent);

    private static ChatMessage ParseWithOpaque(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, new() { MaxDepth = Utf8Json.MaxDepth });
        var buffer = new ArrayBufferWriter<byte>(json.Length);
        using (var writer = new Utf8JsonWriter(buffer, Utf8Json.WriterOptions))
        {
            writer.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject().Where(property => !property.NameEquals("contents")))
            {
                property.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        var message = JsonSerializer.Deserialize(buffer.WrittenSpan, TypeInfo)!;
        if (document.RootElement.TryGetProperty("contents", out var contents))
        {
            message.Contents = [.. contents.EnumerateArray().Select(ParseContent)];
        }

        return message;
    }

    private static AIContent ParseContent(JsonElement json)
    {
        try
        {
            if (json.Deserialize(ContentTypeInfo) is { } content && !IsUntyped(content))
            {
                return content;
            }
        }
        catch (Exception e) when (IsOfTheJson(e))
        {
            // Of an unknown kind: kept as it is.
        }

        return new OpaqueContent(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(json));
    }

    // What serializers raise for what they are given; constructors raise argument errors for members that are missing.
    private static bool IsOfTheJson(Exception e)
        => e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException or FormatException;

    // Serializers name the path of some failures only, so find the content to blame.
    private static string Blame(ChatMessage message)
    {
        for (var i = 0; i < message.Contents.Count; i++)
        {
            try
            {
                JsonSerializer.SerializeToUtf8Bytes(message.Contents[i], ContentTypeInfo);
            }
            catch (Exception e) when (IsOfTheJson(e))
            {
                return $".contents[{i}]" + message.Contents[i] switch
                {
                    FunctionResultContent => ".result",
                    FunctionCallContent => ".arguments",
                    _ => "",
                };
            }
        }

        return "";
    }
}
