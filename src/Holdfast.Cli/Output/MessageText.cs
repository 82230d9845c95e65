using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli;

/// <summary>Messages as text for people.</summary>
internal static class MessageText
{
    public static string Of(ChatMessage message)
    {
        var text = string.Join('\n', message.Contents.Select(Of).Where(part => part.Length > 0));
        var isPartial = message.AdditionalProperties?.ContainsKey(PersistentChatClient.PartialProperty) ?? false;
        return isPartial ? $"{text} [cut short]" : text;
    }

    private static string Of(AIContent content) => content switch
    {
        TextContent text => text.Text,
        TextReasoningContent reasoning => $"[thought] {reasoning.Text}",
        FunctionCallContent call => $"[call {call.Name}({Arguments(call)})]",
        FunctionResultContent result => $"[result] {Value(result.Result)}",
        DataContent data => $"[{data.MediaType}, {data.Data.Length} bytes]",
        UriContent uri => $"[{uri.MediaType} at {uri.Uri}]",
        ErrorContent error => $"[error] {error.Message}",
        UsageContent => "",
        OpaqueContent opaque => $"[{opaque.Kind ?? "unknown content"}]",
        _ => $"[{content.GetType().Name}]",
    };

    private static string Arguments(FunctionCallContent call)
        => string.Join(", ", call.Arguments?.Select(argument => $"{argument.Key}: {Value(argument.Value)}") ?? []);

    private static string Value(object? value) => value switch
    {
        null => "null",
        JsonElement json => json.GetRawText(),
        _ => value.ToString() ?? "",
    };
}
