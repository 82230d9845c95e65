using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>What a model reported about a reply: its cost, which model gave it, and why it ended. Stored with the last message of the reply.</summary>
public sealed record ReplyInfo
{
    /// <summary>The property of <see cref="ChatMessage.AdditionalProperties"/> that holds it; its value is a JSON object.</summary>
    public const string Property = "holdfast.reply";

    private static readonly JsonTypeInfo<UsageDetails> UsageType = (JsonTypeInfo<UsageDetails>)MessageCodec.Options.GetTypeInfo(typeof(UsageDetails));

    /// <summary>How many tokens the reply took: the sum, if one call of the chat client took several calls of the model (tools).</summary>
    public UsageDetails? Usage { get; init; }

    /// <summary>The id of the reply at the provider.</summary>
    public string? ResponseId { get; init; }

    /// <summary>Why the reply ended.</summary>
    public ChatFinishReason? FinishReason { get; init; }

    /// <summary>The model that gave the reply.</summary>
    public string? ModelId { get; init; }

    /// <summary>What is stored with a message of a conversation; null if the message is not the last one of a reply, or if the model reported nothing.</summary>
    public static ReplyInfo? Of(ChatMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.AdditionalProperties?.TryGetValue(Property, out var value) is not true || value is not JsonElement { ValueKind: JsonValueKind.Object } json)
        {
            return null;
        }

        return new()
        {
            Usage = json.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object ? usage.Deserialize(UsageType) : null,
            ResponseId = Text(json, "responseId"),
            FinishReason = Text(json, "finishReason") is { Length: > 0 } reason ? new ChatFinishReason(reason) : null,
            ModelId = Text(json, "modelId"),
        };
    }

    /// <summary>The messages of a reply, with what the model said about it on the last one. The messages of the response stay as they are.</summary>
    internal static IReadOnlyList<ChatMessage> Noted(ChatResponse response)
    {
        var json = new JsonObject();
        if (response.Usage is { } usage)
        {
            json["usage"] = JsonSerializer.SerializeToNode(usage, UsageType);
        }

        Note(json, "responseId", response.ResponseId);
        Note(json, "finishReason", response.FinishReason?.Value);
        Note(json, "modelId", response.ModelId);
        return json.Count == 0 ? [.. response.Messages] : WithProperty([.. response.Messages], Property, JsonElement.Parse(json.ToJsonString()));
    }

    /// <summary>Sets a property of the last message, on a copy.</summary>
    internal static IReadOnlyList<ChatMessage> WithProperty(List<ChatMessage> messages, string property, object value)
    {
        if (messages is [.., var last])
        {
            var noted = last.Clone();
            noted.AdditionalProperties = last.AdditionalProperties is { } properties ? new(properties) : [];
            noted.AdditionalProperties[property] = value;
            messages[^1] = noted;
        }

        return messages;
    }

    private static void Note(JsonObject json, string name, string? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }

    private static string? Text(JsonElement json, string name)
        => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
