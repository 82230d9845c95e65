namespace Holdfast.Cli;

/// <summary>Interrupts as text for people.</summary>
internal static class InterruptText
{
    /// <summary>What is asked, in a few words: the call that needs approval with its arguments, or the question.</summary>
    public static string Asked(Interrupt interrupt) => interrupt.Tool is { } tool
        ? $"{interrupt.Kind} of {tool}({Arguments(interrupt)})"
        : $"{interrupt.Kind}: {interrupt.Prompt}";

    /// <summary>The options of <c>interrupts answer</c> that are allowed.</summary>
    public static string Options(AnswerKinds allowed) => string.Join(
        " or ",
        new[]
        {
            (AnswerKinds.Accept, "--approve"), (AnswerKinds.Reject, "--reject"), (AnswerKinds.Edit, "--edit"), (AnswerKinds.Respond, "--respond"),
        }.Where(kind => allowed.HasFlag(kind.Item1)).Select(kind => kind.Item2));

    /// <summary>What was answered, by whom and when.</summary>
    public static string Answered(InterruptAnswer answer)
    {
        var value = answer.Value is { } json ? $" {json.GetRawText()}" : "";
        var reason = answer.Reason is { Length: > 0 } why ? $" ({why})" : "";
        return $"{Name(answer.Kind)}{value}{reason} by {answer.By ?? "someone"} at {JsonText.Iso(answer.At)}";
    }

    /// <summary>The name of a member of an enumeration, as the tool writes it.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum
        => value.ToString().ToLowerInvariant();

    private static string Arguments(Interrupt interrupt)
        => interrupt.Arguments is { ValueKind: System.Text.Json.JsonValueKind.Object } arguments
            ? string.Join(", ", arguments.EnumerateObject().Select(argument => $"{argument.Name}: {argument.Value.GetRawText()}"))
            : "";
}
