using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>The events of a streamed reply. Their data is JSON without content that the model's user is not to see.</summary>
internal static class ChatEvents
{
    /// <summary>A reply begins: whatever was shown of it before is void.</summary>
    public static SseItem<string> Start { get; } = new("{}", "start");

    /// <summary>The reply is complete, and stored.</summary>
    public static SseItem<string> Done { get; } = new("{}", "done");

    public static SseItem<string> Ping { get; } = new("{}", "ping");

    public static IEnumerable<SseItem<string>> Of(ChatResponseUpdate update, Func<ChatResponseUpdate, string?>? dataOf)
    {
        var data = dataOf is not null ? dataOf(update)
            : update.Role != ChatRole.User && update.Text is { Length: > 0 } text ? JsonSerializer.Serialize(new(text), ChatJson.Default.ChatText)
            : null;
        if (data is not null)
        {
            yield return new(data, "update");
        }

        if (update.AdditionalProperties?.TryGetValue(DurableFunctionInvokingChatClient.InterruptsProperty, out var value) is true && value is IEnumerable<Interrupt> asked)
        {
            yield return new(JsonSerializer.Serialize([.. asked.Select(ChatQuestion.Of)], ChatJson.Default.ChatQuestionArray), "waiting");
        }
    }

    /// <summary>The reply failed after a part of it was sent.</summary>
    public static SseItem<string> Problem(Exception error)
    {
        var problem = ProblemCatalog.Of((error as AgentStateException)?.Code ?? "");
        return new(JsonSerializer.Serialize(new(problem.Type, problem.Title, problem.Status, problem.Detail, (string?)problem.Extensions["code"]), ChatJson.Default.ChatProblem), "problem");
    }
}
