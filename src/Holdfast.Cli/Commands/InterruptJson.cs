using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary>The JSON of interrupts.</summary>
internal static class InterruptJson
{
    public static void Write(Utf8JsonWriter writer, InterruptInfo interrupt)
    {
        writer.WriteString("id", interrupt.Id.Value);
        writer.WriteString("thread", interrupt.Thread.Value);
        writer.WriteString("kind", interrupt.Kind);
        writer.WriteString("name", interrupt.Name);
        writer.WriteString("audience", interrupt.Audience);
        writer.WriteString("user", interrupt.UserId);
        writer.WriteString("agent", interrupt.Agent);
        writer.WriteTime("raisedAt", interrupt.RaisedAt);
        writer.WriteTime("deadline", interrupt.Deadline);
    }

    public static void Write(Utf8JsonWriter writer, Interrupt interrupt)
    {
        writer.WriteString("id", interrupt.Id.Value);
        writer.WriteString("thread", interrupt.Thread.Value);
        writer.WriteString("turn", interrupt.Turn.Value);
        writer.WriteString("state", InterruptText.Name(interrupt.State));
        writer.WriteString("kind", interrupt.Kind);
        writer.WriteString("name", interrupt.Name);
        writer.WriteString("prompt", interrupt.Prompt);
        writer.WriteString("note", interrupt.Note);
        writer.WriteString("callId", interrupt.CallId);
        writer.WriteString("tool", interrupt.Tool);
        Write(writer, "arguments", interrupt.Arguments);
        Write(writer, "payload", interrupt.Payload);
        writer.WriteString("audience", interrupt.Audience);
        writer.WriteStrings("allowed", Enum.GetValues<AnswerKinds>().Where(kind => kind != AnswerKinds.None && interrupt.Allowed.HasFlag(kind)).Select(InterruptText.Name));
        writer.WriteTime("raisedAt", interrupt.RaisedAt);
        writer.WriteTime("deadline", interrupt.Deadline);
        if (interrupt.Answer is not { } answer)
        {
            writer.WriteNull("answer");
            return;
        }

        writer.WriteStartObject("answer");
        writer.WriteString("kind", InterruptText.Name(answer.Kind));
        Write(writer, "value", answer.Value);
        writer.WriteString("reason", answer.Reason);
        writer.WriteString("by", answer.By);
        writer.WriteTime("at", answer.At);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, JsonElement? value)
    {
        writer.WritePropertyName(name);
        if (value is { ValueKind: not JsonValueKind.Undefined } json)
        {
            json.WriteTo(writer);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
