using System.Globalization;
using System.Text;
using Holdfast.Compare.Running;

namespace Holdfast.Compare.Reporting;

/// <summary>Writes what was measured as tables in Markdown.</summary>
internal sealed class Tables(Settings settings, IReadOnlyList<Entrant> entrants, Numbers numbers)
{
    private readonly StringBuilder _text = new();

    private IEnumerable<(Group Group, List<Entrant> Entrants)> Groups => Catalogue.Groups
        .Select(group => (group, entrants.Where(entrant => entrant.Group == group.Name).ToList()))
        .Where(pair => pair.Item2.Count > 0);

    public string Write()
    {
        Charts();
        Lost();
        foreach (var (group, members) in Groups)
        {
            _text.AppendLine(CultureInfo.InvariantCulture, $"\n## {group.Title}\n\n{group.Durability} Ratios are to {Title(group.Baseline)}: over 1 means more time, or more bytes, than Holdfast.");
            Histories(group, members, "Appending a turn: p50 (p95), ms", Measures.TurnP50, (entrant, history) =>
                Cells(numbers.Of(entrant.Name, Measures.TurnP50, history), numbers.Of(entrant.Name, Measures.TurnP95, history)));
            if (group.Name != "memory")
            {
                Histories(group, members, "Bytes written for a turn", Measures.TurnBytes, (entrant, history) => Text.Bytes(numbers.Of(entrant.Name, Measures.TurnBytes, history)?.Median));
            }

            Histories(group, members, "Resuming, the last 20 messages and the variables through a new store object: p50 (p95), ms", Measures.Resume, (entrant, history) =>
                Cells(numbers.Of(entrant.Name, Measures.Resume, history), numbers.Of(entrant.Name, Measures.ResumeP95, history)));
            AtOnce(group, members);
            if (group.Name != "memory")
            {
                Storage(group, members);
                Killed(members);
            }
        }

        Back();
        return _text.ToString().Trim();
    }

    private static string Cells(Cell? middle, Cell? high) => middle is null ? Text.None : $"{Text.Of(middle.Median)} ({Text.Of(high?.Median)})";

    private string Title(string name) => Catalogue.Entrants.First(entrant => entrant.Name == name).Title;

    private void Charts()
    {
        _text.AppendLine();
        foreach (var (group, _) in Groups)
        {
            _text.AppendLine(CultureInfo.InvariantCulture, $"![{group.Title}: a turn at {settings.Histories[^2]:N0} messages](comparison/turn-{group.Name}.svg)");
        }
    }

    private void Table(string title, string note, IReadOnlyList<string> columns, IEnumerable<IEnumerable<string>> rows)
    {
        _text.AppendLine(CultureInfo.InvariantCulture, $"\n### {title}\n");
        if (note.Length > 0)
        {
            _text.AppendLine(note + "\n");
        }

        _text.AppendLine("| | " + string.Join(" | ", columns) + " |").AppendLine("|---|" + string.Concat(Enumerable.Repeat("---|", columns.Count)));
        foreach (var row in rows)
        {
            _text.AppendLine("| " + string.Join(" | ", row) + " |");
        }
    }

    private void Histories(Group group, List<Entrant> members, string title, string measure, Func<Entrant, int, string> cell)
    {
        var longest = settings.Histories[^1];
        var middle = settings.Histories[^2];
        Table(
            title,
            "",
            [.. settings.Histories.Select(history => history.ToString("N0", CultureInfo.InvariantCulture)), $"ratio at {middle:N0}", $"ratio at {longest:N0}"],
            members.Select(entrant => (IEnumerable<string>)
            [
                entrant.Title,
                .. settings.Histories.Select(history => cell(entrant, history)),
                Text.Ratio(numbers.Ratio(entrant.Name, group.Baseline, measure, middle)),
                Text.Ratio(numbers.Ratio(entrant.Name, group.Baseline, measure, longest)),
            ]));
    }

    private void AtOnce(Group group, List<Entrant> members) => Table(
        "At once",
        $"32 threads of {settings.ManyHistory} messages: turns per second (here a ratio under 1 means slower than Holdfast). 20 turns at once on one thread: how many are there afterwards, and how many conflicts were reported to those who then tried again or gave up.",
        ["turns per second", "ratio", "messages kept of 20 turns", "variables kept of 20", "conflicts reported"],
        members.Select(entrant => (IEnumerable<string>)
        [
            entrant.Title,
            Text.Spread(numbers.Of(entrant.Name, Measures.Many, settings.ManyHistory)),
            Text.Ratio(numbers.Ratio(entrant.Name, group.Baseline, Measures.Many, settings.ManyHistory)),
            Text.Spread(numbers.Of(entrant.Name, Measures.RaceKept)),
            Text.Spread(numbers.Of(entrant.Name, Measures.RaceVariables)),
            Text.Spread(numbers.Of(entrant.Name, Measures.RaceReported)),
        ]));

    private void Storage(Group group, List<Entrant> members) => Table(
        $"{settings.GrowthTurns:N0} turns, one after the other, on a new thread",
        $"Stopped after {settings.GrowthSeconds} s: then the bytes are those of the turns that were done, and would be more for the rest where they grow with the history.",
        ["turns done", "seconds", "bytes stored per turn", "ratio", "bytes written per turn", "ratio"],
        members.Select(entrant => (IEnumerable<string>)
        [
            entrant.Title,
            Text.Of(numbers.Of(entrant.Name, Measures.GrowthTurns)?.Median),
            Text.Of(numbers.Of(entrant.Name, Measures.GrowthSeconds)?.Median),
            Text.Bytes(numbers.Of(entrant.Name, Measures.GrowthStored)?.Median),
            numbers.Ratio(entrant.Name, group.Baseline, Measures.GrowthStored) is { } stored ? $"{Text.Of(stored.Median)} ×" : Text.None,
            Text.Bytes(numbers.Of(entrant.Name, Measures.GrowthWritten)?.Median),
            numbers.Ratio(entrant.Name, group.Baseline, Measures.GrowthWritten) is { } written ? $"{Text.Of(written.Median)} ×" : Text.None,
        ]));

    private void Killed(List<Entrant> members) => Table(
        "kill -9 in the midst of turns",
        $"{settings.KillRounds} round(s). It ends the process, not the machine: what a loss of power would take is said by the durability above.",
        ["turns acknowledged", "of these lost"],
        members.Select(entrant => (IEnumerable<string>)
        [
            entrant.Title, Text.Of(numbers.Sum(entrant.Name, Measures.KillAcknowledged)), Text.Of(numbers.Sum(entrant.Name, Measures.KillLost)),
        ]));

    private void Back()
    {
        var rows = entrants
            .Select(entrant => (entrant.Title, Rollback: numbers.Of(entrant.Name, Measures.Rollback), Fork: numbers.Of(entrant.Name, Measures.Fork), Turns: numbers.Of(entrant.Name, Measures.GrowthTurns)))
            .Where(row => row.Rollback is not null || row.Fork is not null)
            .ToList();
        if (rows.Count > 0)
        {
            Table(
                "Going back",
                "On the thread that was built turn by turn. LangGraph writes a new checkpoint on an old one, by which a thread goes back or forks; Mastra clones a thread. **Holdfast has neither yet.**",
                ["turns", "rollback, ms", "fork (a copy), ms"],
                rows.Select(row => (IEnumerable<string>)[row.Title, Text.Of(row.Turns?.Median), Text.Of(row.Rollback?.Median), Text.Of(row.Fork?.Median)]));
        }
    }

    /// <summary>Everything in which somebody is ahead of Holdfast.</summary>
    private void Lost()
    {
        var rows = new List<IEnumerable<string>>();
        foreach (var (group, members) in Groups)
        {
            foreach (var entrant in members.Where(entrant => !entrant.IsHoldfast))
            {
                rows.AddRange(LostTo(group, entrant));
            }
        }

        if (rows.Count == 0)
        {
            _text.AppendLine("\n## Where Holdfast is behind\n\nNowhere in what was measured here.");
            return;
        }

        _text.AppendLine("\n## Where Holdfast is behind");
        Table("Every measure in which somebody else was ahead", "The ratio is the other's figure to Holdfast's. A spread that has 1 in it is a draw.", ["group", "measure", "ratio"], rows);
    }

    private IEnumerable<IEnumerable<string>> LostTo(Group group, Entrant entrant)
    {
        foreach (var (measure, histories, moreIsBetter) in new (string, IEnumerable<int>, bool)[]
        {
            (Measures.TurnP50, settings.Histories, false),
            (Measures.TurnP95, settings.Histories, false),
            (Measures.TurnBytes, settings.Histories, false),
            (Measures.Resume, settings.Histories, false),
            (Measures.Many, [settings.ManyHistory], true),
            (Measures.GrowthStored, [0], false),
            (Measures.GrowthWritten, [0], false),
        })
        {
            foreach (var history in histories)
            {
                if (numbers.Ratio(entrant.Name, group.Baseline, measure, history) is { } ratio && (moreIsBetter ? ratio.Median > 1 : ratio.Median < 1))
                {
                    yield return [entrant.Title, group.Title, history == 0 ? measure : $"{measure}, {history:N0} messages", Text.Ratio(ratio)];
                }
            }
        }
    }
}
