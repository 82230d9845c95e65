using System.Text.Json;

namespace Holdfast.Cli;

/// <summary>The progress of goals, and decisions, as JSON.</summary>
internal static class DecisionJson
{
    /// <summary>Writes the progress of each goal, by its id.</summary>
    public static void WriteProgress(Utf8JsonWriter writer, AgentState state)
    {
        writer.WriteStartObject("goalProgress");
        foreach (var (node, _) in GoalText.Walk(state.GoalTree()))
        {
            writer.WriteNumber(node.Goal.Id, node.Progress);
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes decisions, newest first, and how many there are.</summary>
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<Decision> newest)
    {
        writer.WriteNumber("decisionCount", newest is [var last, ..] ? last.Number : 0);
        writer.WriteStartArray("decisions");
        foreach (var decision in newest)
        {
            writer.WriteStartObject();
            writer.WriteString("id", decision.Id);
            writer.WriteNumber("number", decision.Number);
            writer.WriteTime("at", decision.At);
            writer.WriteString("by", decision.By);
            writer.WriteString("text", decision.Text);
            writer.WriteString("reason", decision.Reason);
            writer.WriteStrings("alternatives", decision.Alternatives);
            writer.WriteString("goal", decision.GoalId);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
