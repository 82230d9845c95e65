using System.Text.Json;

namespace Holdfast;

/// <summary>An answer to an interrupt.</summary>
public sealed record InterruptAnswer
{
    private InterruptAnswer()
    {
    }

    /// <summary>The kind of answer.</summary>
    public AnswerKinds Kind { get; private init; }

    /// <summary>The new arguments (<see cref="AnswerKinds.Edit"/>) or the value (<see cref="AnswerKinds.Respond"/>).</summary>
    public JsonElement? Value { get; private init; }

    /// <summary>Why it was refused.</summary>
    public string? Reason { get; private init; }

    /// <summary>Who answered.</summary>
    public string? By { get; private init; }

    /// <summary>When the answer was stored; <c>default</c> before.</summary>
    public DateTimeOffset At { get; private init; }

    /// <summary>Go on as asked.</summary>
    public static InterruptAnswer Accept(string? by = null) => new() { Kind = AnswerKinds.Accept, By = Checked(by) };

    /// <summary>Go on with other arguments.</summary>
    public static InterruptAnswer Edit(JsonElement arguments, string? by = null) => arguments.ValueKind == JsonValueKind.Object
        ? new() { Kind = AnswerKinds.Edit, Value = arguments.Clone(), By = Checked(by) }
        : throw new ArgumentException("The arguments of a call are a JSON object.", nameof(arguments));

    /// <summary>Do not do it.</summary>
    public static InterruptAnswer Reject(string? reason = null, string? by = null) => new() { Kind = AnswerKinds.Reject, Reason = reason, By = Checked(by) };

    /// <summary>Give a value.</summary>
    public static InterruptAnswer Respond(JsonElement value, string? by = null) => new() { Kind = AnswerKinds.Respond, Value = value.Clone(), By = Checked(by) };

    internal static InterruptAnswer Of(AnswerDocument answer, JsonElement? value)
        => new() { Kind = answer.Kind, Value = value, Reason = answer.Reason, By = answer.By, At = DateTimeOffset.FromUnixTimeMilliseconds(answer.At) };

    internal AnswerDocument ToDocument(long at) => new() { Kind = Kind, By = By, Reason = Reason, At = at, HasValue = Value is not null };

    private static string? Checked(string? by) => by is null ? null : Identifiers.Check(by, "name of who answers");
}
