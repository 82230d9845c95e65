using System.Globalization;

namespace Holdfast.Cli;

/// <summary>Goals and decisions as text for people.</summary>
internal static class GoalText
{
    /// <summary>How deep goals are indented at most.</summary>
    private const int MostIndents = 20;

    /// <summary>One line for each goal, with its progress, sub-goals below it.</summary>
    public static IEnumerable<string> Lines(IEnumerable<GoalNode> roots)
        => Walk(roots).Select(item => new string(' ', 2 * Math.Min(item.Depth, MostIndents))
            + string.Create(CultureInfo.InvariantCulture, $"{Box(item.Node.Goal.Status)} {item.Node.Goal.Text} ({Math.Floor(item.Node.Progress * 100)} %)"));

    /// <summary>A decision, with a line for each of its reason, alternatives and goal.</summary>
    public static string Of(Decision decision, AgentState state)
    {
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"{decision.Number}. {decision.Text}"),
            $"because: {decision.Reason}",
        };
        if (decision.Alternatives.Count > 0)
        {
            lines.Add($"instead of: {string.Join("; ", decision.Alternatives)}");
        }

        if (decision.GoalId is { } id)
        {
            lines.Add($"for: {state.Goals.FirstOrDefault(goal => goal.Id == id)?.Text ?? id}");
        }

        lines.Add($"at: {JsonText.Iso(decision.At!.Value)}{(decision.By is { } by ? $", by {by}" : "")}");
        return string.Join('\n', lines);
    }

    /// <summary>Goals with their depth, each before its sub-goals.</summary>
    public static IEnumerable<(GoalNode Node, int Depth)> Walk(IEnumerable<GoalNode> roots)
    {
        var open = new Stack<(GoalNode Node, int Depth)>(roots.Reverse().Select(root => (root, 0)));
        while (open.TryPop(out var item))
        {
            yield return item;
            foreach (var child in item.Node.Children.Reverse())
            {
                open.Push((child, item.Depth + 1));
            }
        }
    }

    private static string Box(GoalStatus status) => status switch
    {
        GoalStatus.Pending => "[ ]",
        GoalStatus.InProgress => "[~]",
        GoalStatus.Achieved => "[x]",
        GoalStatus.Failed => "[!]",
        _ => "[-]",
    };
}
