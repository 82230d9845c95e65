using System.Text.Json;

namespace Holdfast;

/// <summary>A question of a turn to people, with all that is known of it.</summary>
public sealed record Interrupt
{
    /// <summary>The id.</summary>
    public required InterruptId Id { get; init; }

    /// <summary>The thread.</summary>
    public required ThreadId Thread { get; init; }

    /// <summary>The turn.</summary>
    public required TurnId Turn { get; init; }

    /// <summary>The name, which is that of the call for an approval.</summary>
    public required string Name { get; init; }

    /// <summary>The kind.</summary>
    public required string Kind { get; init; }

    /// <summary>What people are asked.</summary>
    public required string Prompt { get; init; }

    /// <summary>The id of the call that is asked about.</summary>
    public string? CallId { get; init; }

    /// <summary>The name of the tool that is asked about.</summary>
    public string? Tool { get; init; }

    /// <summary>The arguments of the call that is asked about.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>What the question is about.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>A note for those who answer.</summary>
    public string? Note { get; init; }

    /// <summary>Who may answer, if that is not the user of the thread.</summary>
    public string? Audience { get; init; }

    /// <summary>The ways in which it can be answered.</summary>
    public AnswerKinds Allowed { get; init; }

    /// <summary>When it was raised.</summary>
    public DateTimeOffset RaisedAt { get; init; }

    /// <summary>Until when it can be answered; null for ever.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Where it stands.</summary>
    public InterruptState State { get; init; }

    /// <summary>The answer; null while there is none.</summary>
    public InterruptAnswer? Answer { get; init; }

    internal static Interrupt Of(ThreadId thread, InterruptId id, InterruptDocument interrupt, AskRecord? ask, JsonElement? value) => new()
    {
        Id = id,
        Thread = thread,
        Turn = new(interrupt.Turn),
        Name = interrupt.Name,
        Kind = interrupt.Kind,
        Prompt = ask?.Prompt ?? "",
        CallId = interrupt.Call,
        Tool = ask?.CallName,
        Arguments = ask?.Arguments,
        Payload = ask?.Payload,
        Note = ask?.Note,
        Audience = interrupt.Audience,
        Allowed = interrupt.Allow,
        RaisedAt = DateTimeOffset.FromUnixTimeMilliseconds(interrupt.At),
        Deadline = interrupt.Until is { } until ? DateTimeOffset.FromUnixTimeMilliseconds(until) : null,
        State = interrupt.State,
        Answer = interrupt.Answer is { } answer ? InterruptAnswer.Of(answer, value) : null,
    };
}
