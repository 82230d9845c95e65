using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Holdfast.Cli.Models;

/// <summary>Turns a conversation into what the API takes.</summary>
internal static class OpenAIMessages
{
    // The default indents, and white space is paid for too.
    private static readonly JsonSerializerOptions Compact = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false };

    public static IReadOnlyList<OpenAI.Chat.ChatMessage> Of(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var instructions = options?.Instructions is { Length: > 0 } text ? [new SystemChatMessage(text)] : Array.Empty<OpenAI.Chat.ChatMessage>();
        return [.. instructions, .. messages.SelectMany(Of)];
    }

    private static IEnumerable<OpenAI.Chat.ChatMessage> Of(ChatMessage message)
    {
        // Each result of a tool is a message of its own.
        foreach (var result in message.Contents.OfType<FunctionResultContent>())
        {
            yield return new ToolChatMessage(result.CallId, Text(result.Result));
        }

        if (message.Role == ChatRole.System)
        {
            yield return new SystemChatMessage(message.Text);
        }
        else if (message.Role == ChatRole.Assistant)
        {
            if (OfAssistant(message) is { } assistant)
            {
                yield return assistant;
            }
        }
        else if (message.Role != ChatRole.Tool && Parts(message) is { Count: > 0 } parts)
        {
            yield return new UserChatMessage(parts);
        }
    }

    // A message that says and calls nothing, such as thoughts alone, is refused by the API.
    private static AssistantChatMessage? OfAssistant(ChatMessage message)
    {
        var calls = message.Contents.OfType<FunctionCallContent>()
            .Where(call => !call.InformationalOnly)
            .Select(call => ChatToolCall.CreateFunctionToolCall(call.CallId, call.Name, Json(call.Arguments)))
            .ToList();
        if (calls.Count == 0)
        {
            return message.Text.Length == 0 ? null : new AssistantChatMessage(message.Text);
        }

        var assistant = new AssistantChatMessage(calls);
        if (message.Text.Length > 0)
        {
            assistant.Content.Add(ChatMessageContentPart.CreateTextPart(message.Text));
        }

        return assistant;
    }

    private static List<ChatMessageContentPart> Parts(ChatMessage message)
    {
        var parts = new List<ChatMessageContentPart>();
        foreach (var content in message.Contents)
        {
            switch (content)
            {
                case TextContent text:
                    parts.Add(ChatMessageContentPart.CreateTextPart(text.Text));
                    break;
                case DataContent data when data.HasTopLevelMediaType("image"):
                    parts.Add(ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(data.Data), data.MediaType));
                    break;
                case UriContent uri when uri.HasTopLevelMediaType("image"):
                    parts.Add(ChatMessageContentPart.CreateImagePart(uri.Uri));
                    break;
            }
        }

        return parts;
    }

    private static BinaryData Json(IDictionary<string, object?>? arguments)
        => BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(arguments ?? new Dictionary<string, object?>(), Compact));

    private static string Text(object? result) => result switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString()!,
        _ => JsonSerializer.Serialize(result, Compact),
    };
}
