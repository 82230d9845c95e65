using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Messages that a turn is about to add: they are written as JSON before anything is changed, so that what cannot be stored leaves no trace.</summary>
internal sealed class AddedMessages
{
    private readonly TurnRun _run;
    private readonly IReadOnlyList<ChatMessage> _messages;
    private readonly List<StoredMessage> _stored;

    public AddedMessages(TurnRun run, IReadOnlyList<ChatMessage> messages)
    {
        (_run, _messages) = (run, [.. messages.Select(message => Attributed(message, AuthorOf(run)))]);
        _stored = [.. _messages.Select((message, i) => MessageCodec.Write(message, $"messages[{i}]"))];
    }

    /// <summary>The result that the only message has, as JSON text.</summary>
    public ReadOnlyMemory<byte> ResultJson
        => JsonElement.Parse(_stored[0].Json.Span).GetProperty("contents")[0].TryGetProperty("result", out var result) ? Utf8Json.Raw(result, "the result") : "null"u8.ToArray();

    /// <summary>Adds them to the session, but for those that are there already, and what follows from them.</summary>
    public void Put(TurnBook book, UsageDetails? usage)
    {
        for (var i = 0; i < _messages.Count; i++)
        {
            if (_run.Messages.TryAdd(_messages[i]))
            {
                book.Session.Pending.Messages.Add(_stored[i]);
            }
        }

        foreach (var result in _messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>())
        {
            foreach (var (id, asked) in book.InterruptsOf(_run.Id).Where(asked => asked.Interrupt.Call == result.CallId).ToList())
            {
                if (asked.State is InterruptState.Answered or InterruptState.Expired)
                {
                    book.Put(id, asked with { State = InterruptState.Applied });
                }
            }
        }

        if (usage is not null)
        {
            var turn = _run.Document;
            book.Put(_run.Id, turn with { Usage = new(Sum(turn.Usage?.Input, usage.InputTokenCount), Sum(turn.Usage?.Output, usage.OutputTokenCount), Sum(turn.Usage?.Total, usage.TotalTokenCount)) });
        }
    }

    /// <summary>The agent that said a message; null where that is not known.</summary>
    public static string? AgentOf(ChatMessage message) => message.AdditionalProperties?.GetValueOrDefault(Turn.AgentProperty)?.ToString();

    /// <summary>The agent whose turn it is: one that was called as a tool, else the one in charge.</summary>
    public static string? AuthorOf(TurnRun run) => run.Options.Up is null ? run.Session.State.Agent : run.Options.By;

    private static ChatMessage Attributed(ChatMessage message, string? agent)
    {
        if (agent is null || message.Role != ChatRole.Assistant || AgentOf(message) is not null)
        {
            return message;
        }

        var attributed = message.Clone();
        attributed.AdditionalProperties = message.AdditionalProperties is { } properties ? new(properties) : [];
        attributed.AdditionalProperties[Turn.AgentProperty] = agent;
        return attributed;
    }

    private static long? Sum(long? left, long? right) => left is null ? right : left + (right ?? 0);
}
