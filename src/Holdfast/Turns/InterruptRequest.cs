using System.Text.Json;

namespace Holdfast;

/// <summary>What a turn asks people.</summary>
public sealed record InterruptRequest
{
    /// <summary>The name: in one turn, the same name is the same interrupt. 1 to 400 bytes of UTF-8.</summary>
    public required string Name { get; init; }

    /// <summary>What kind of question it is; one of <see cref="InterruptKinds"/>, or your own.</summary>
    /// <value>The default is <see cref="InterruptKinds.Input"/>.</value>
    public string Kind { get; init; } = InterruptKinds.Input;

    /// <summary>What people are asked.</summary>
    public required string Prompt { get; init; }

    /// <summary>A note for those who answer, such as the rule that asks for the approval.</summary>
    /// <value>The default is null.</value>
    public string? Note { get; init; }

    /// <summary>What the question is about.</summary>
    /// <value>The default is null.</value>
    public JsonElement? Payload { get; init; }

    /// <summary>Who may answer, if that is not the user of the thread: a group such as <c>finance</c>. A user's view neither lists nor answers it.</summary>
    /// <value>The default is null: the user of the thread.</value>
    public string? Audience { get; init; }

    /// <summary>The ways in which it can be answered.</summary>
    /// <value>The default is all of them but <see cref="AnswerKinds.Edit"/>.</value>
    public AnswerKinds Allowed { get; init; } = AnswerKinds.Accept | AnswerKinds.Reject | AnswerKinds.Respond;

    /// <summary>How long it may take to answer.</summary>
    /// <value>The default is null: as long as it takes.</value>
    public TimeSpan? Time { get; init; }

    /// <summary>What counts as the answer when the time is over: <see cref="AnswerKinds.Accept"/> or <see cref="AnswerKinds.Reject"/>.</summary>
    /// <value>The default is <see cref="AnswerKinds.Reject"/>.</value>
    public AnswerKinds AtDeadline { get; init; } = AnswerKinds.Reject;

    /// <summary>The call that is asked about.</summary>
    internal Microsoft.Extensions.AI.FunctionCallContent? Call { get; init; }

    internal void Validate() => new OptionProblems(nameof(InterruptRequest))
        .Set(Name, nameof(Name)).Identifier(Name, nameof(Name))
        .Set(Kind, nameof(Kind)).Identifier(Kind, nameof(Kind))
        .Set(Prompt, nameof(Prompt)).Range(Prompt is not { Length: 0 }, nameof(Prompt), "a text that people can answer", Prompt).Identifier(Audience, nameof(Audience))
        .Range(Allowed != AnswerKinds.None && (Allowed & ~(AnswerKinds.Accept | AnswerKinds.Edit | AnswerKinds.Reject | AnswerKinds.Respond)) == AnswerKinds.None, nameof(Allowed), "at least one kind of answer", Allowed)
        .Range(AtDeadline is AnswerKinds.Accept or AnswerKinds.Reject, nameof(AtDeadline), "Accept or Reject", AtDeadline)
        .Range(Time is null || Time > TimeSpan.Zero, nameof(Time), "more than 0", Time)
        .ThrowAsArgument("request");
}
