using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary>Shows the state of a thread to people.</summary>
internal sealed class StateText(IAnsiConsole console)
{
    private static readonly Style Heading = new(decoration: Decoration.Bold);

    public void Print(AgentState state, ThreadInfo? info, int messages, IReadOnlyList<Decision> decisions)
    {
        PrintFacts(state, info, messages);
        Section(state.Messages.Count == messages ? "Messages" : $"Last {state.Messages.Count} messages", state.Messages, message => $"{message.Role}: {MessageText.Of(message)}");
        Section("Variables", state.Variables, Pair);
        Section("Todos", state.Todos.Index(), todo => $"{todo.Index + 1}. {TodoText.Box(todo.Item.Status)} {todo.Item.Content}");
        Section("Goals", GoalText.Lines(state.GoalTree()), line => line);
        Section(
            decisions is [{ Number: var number }, ..] && number > decisions.Count ? $"Last {decisions.Count} of {number} decisions" : "Decisions",
            decisions,
            decision => GoalText.Of(decision, state));
        Section("Metadata", state.Metadata, Pair);
        foreach (var (tool, values) in state.Tools)
        {
            Section($"Tool {tool}", values, Pair);
        }

        foreach (var (section, values) in state.OtherSections)
        {
            Section(section, values, Pair);
        }
    }

    private static string Pair(KeyValuePair<string, JsonElement> pair) => $"{pair.Key} = {pair.Value.GetRawText()}";

    private void PrintFacts(AgentState state, ThreadInfo? info, int messages)
    {
        Fact("Thread", state.Thread);
        Fact("Version", info is null ? $"{state.Version} (what comes later is damaged)" : state.Version == info.Version ? $"{info.Version}" : $"{state.Version} of {info.Version}");
        Fact("Status", state.Status.ToName());
        Fact("Agent", state.Agent);
        Fact("User", state.UserId);
        Fact("Messages", $"{messages}");
        Fact("Created", info is null ? null : JsonText.Iso(info.CreatedAt));
        Fact("Updated", info is null ? null : JsonText.Iso(info.UpdatedAt));
        Fact("Expires", info?.ExpiresAt is { } expiry ? JsonText.Iso(expiry) : null);
    }

    private void Fact(string name, string? value)
    {
        if (value is not null)
        {
            console.WritePlain($"{name + ":",-10}{Plain.OneLine(value)}");
        }
    }

    // Written without wrapping: whoever copies a message out of a terminal wants it as it was said.
    private void Section<T>(string title, IEnumerable<T> items, Func<T, string> line)
    {
        var lines = items.Select(line).ToList();
        if (lines.Count == 0)
        {
            return;
        }

        console.WritePlain("");
        console.WriteStyled(Plain.OneLine(title), Heading);
        foreach (var text in lines)
        {
            console.WritePlain("  " + Plain.Lines(text).Replace("\n", "\n    ", StringComparison.Ordinal));
        }
    }
}
