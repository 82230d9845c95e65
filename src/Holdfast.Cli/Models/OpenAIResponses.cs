using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatFinishReason = OpenAI.Chat.ChatFinishReason;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Holdfast.Cli.Models;

/// <summary>Turns what the API answers into responses and updates.</summary>
internal static class OpenAIResponses
{
    public static ChatResponse Of(ChatCompletion completion)
    {
        var message = new ChatMessage(ChatRole.Assistant, [.. TextsOf(completion.Content)]) { MessageId = completion.Id, CreatedAt = completion.CreatedAt };
        if (completion.Refusal is { Length: > 0 } refusal)
        {
            message.Contents.Add(new ErrorContent(refusal) { ErrorCode = "refusal" });
        }

        foreach (var call in completion.ToolCalls)
        {
            message.Contents.Add(Call(call.Id, call.FunctionName, call.FunctionArguments.ToString()));
        }

        return new(message)
        {
            ResponseId = completion.Id,
            ModelId = completion.Model,
            CreatedAt = completion.CreatedAt,
            FinishReason = ReasonOf(completion.FinishReason),
            Usage = completion.Usage is { } usage ? UsageOf(usage) : null,
            RawRepresentation = completion,
        };
    }

    public static ChatResponseUpdate Of(StreamingChatCompletionUpdate part)
    {
        var update = new ChatResponseUpdate(ChatRole.Assistant, [.. TextsOf(part.ContentUpdate)])
        {
            ResponseId = part.CompletionId,
            MessageId = part.CompletionId,
            ModelId = part.Model,
            CreatedAt = part.CreatedAt,
            FinishReason = part.FinishReason is { } reason ? ReasonOf(reason) : null,
            RawRepresentation = part,
        };
        if (part.RefusalUpdate is { Length: > 0 } refusal)
        {
            update.Contents.Add(new ErrorContent(refusal) { ErrorCode = "refusal" });
        }

        if (part.Usage is { } usage)
        {
            update.Contents.Add(new UsageContent(UsageOf(usage)));
        }

        return update;
    }

    /// <summary>A call of a function; what cannot be read of its arguments is told to whoever carries it out.</summary>
    public static FunctionCallContent Call(string id, string name, string arguments)
        => FunctionCallContent.CreateFromParsedArguments(
            arguments.Length > 0 ? arguments : "{}",
            id,
            name,
            static json => JsonSerializer.Deserialize<Dictionary<string, object?>>(json, AIJsonUtilities.DefaultOptions));

    private static IEnumerable<TextContent> TextsOf(ChatMessageContent? content)
        => content?.Where(part => part.Kind == ChatMessageContentPartKind.Text && part.Text.Length > 0).Select(part => new TextContent(part.Text)) ?? [];

    private static UsageDetails UsageOf(ChatTokenUsage usage) => new()
    {
        InputTokenCount = usage.InputTokenCount,
        OutputTokenCount = usage.OutputTokenCount,
        TotalTokenCount = usage.TotalTokenCount,
    };

    private static Microsoft.Extensions.AI.ChatFinishReason ReasonOf(ChatFinishReason reason) => reason switch
    {
        ChatFinishReason.Length => Microsoft.Extensions.AI.ChatFinishReason.Length,
        ChatFinishReason.ContentFilter => Microsoft.Extensions.AI.ChatFinishReason.ContentFilter,
        ChatFinishReason.ToolCalls or ChatFinishReason.FunctionCall => Microsoft.Extensions.AI.ChatFinishReason.ToolCalls,
        _ => Microsoft.Extensions.AI.ChatFinishReason.Stop,
    };
}
