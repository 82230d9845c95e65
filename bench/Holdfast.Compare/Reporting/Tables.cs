using System.Globalization;
using System.Text;
using Holdfast.Compare.Running;

namespace Holdfast.Compare.Reporting;

/// <summary>Writes what was measured as tables in Markdown.</summary>
internal sealed class Tables(Settings settings, IReadOnlyList<Entrant> entrants, Numbers numbers)
{
    private readonly StringBuilder _text = new();

    public string Write()
    {
        foreach (var (group, members) in Catalogue.GroupsOf(entrants))
        {
            _text.AppendLine(CultureInfo.InvariantCulture, $"\n## {group.Title}\n\n{group.Durability} Ratios are to {Title(group.Baseline)}: over 1 means more time, or more bytes, than Holdfast.");
            Pictures(group);
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

    private void Pictures(Group group)
    {
        _text.AppendLine(CultureInfo.InvariantCulture, $"\n![{Charts.TitleOfLines(group)}](comparison/{Charts.NameOfLines(group)})");
        _text.AppendLine(CultureInfo.InvariantCulture, $"\n![{Charts.TitleOfBars(group, Charts.HistoryOfBars(settings))}](comparison/{Charts.NameOfBars(group)})");
    }

    private void Histories(Group group, IReadOnlyList<Entrant> members, string title, string measure, Func<Entrant, int, string> cell)
    {
        var longest = settings.Histories[^1];
        var middle = settings.Histories[^2];
        _text.AppendTable(
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

    private void AtOnce(Group group, IReadOnlyList<Entrant> members) => _text.AppendTable(
        "At once",
        $"32 threads of {settings.ManyHistory} messages: turns per second (here a ratio under 1 means slower than Holdfast). {settings.RaceTurns} turns at once on one thread: how many are there afterwards, and how many conflicts were reported to those who then tried again or gave up.",
        ["turns per second", "ratio", $"messages kept of {settings.RaceTurns} turns", $"variables kept of {settings.RaceTurns}", "conflicts reported"],
        members.Select(entrant => (IEnumerable<string>)
        [
            entrant.Title,
            Text.Spread(numbers.Of(entrant.Name, Measures.Many, settings.ManyHistory)),
            Text.Ratio(numbers.Ratio(entrant.Name, group.Baseline, Measures.Many, settings.ManyHistory)),
            Text.Spread(numbers.Of(entrant.Name, Measures.RaceKept)),
            Text.Spread(numbers.Of(entrant.Name, Measures.RaceVariables)),
            Text.Spread(numbers.Of(entrant.Name, Measures.RaceReported)),
        ]));

    private void Storage(Group group, IReadOnlyList<Entrant> members) => _text.AppendTable(
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

    private void Killed(IReadOnlyList<Entrant> members) => _text.AppendTable(
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
            _text.AppendTable(
                "Going back",
                "On the thread that was built turn by turn. LangGraph writes a new checkpoint on an old one, the 30th newest, by which a thread goes back or forks; Mastra clones a thread, message by message; Holdfast restores the state of 30 commits before, and forks there by reference. The third call of a fresh process.",
                ["turns", "rollback, ms", "fork, ms"],
                rows.Select(row => (IEnumerable<string>)[row.Title, Text.Of(row.Turns?.Median), Text.Of(row.Rollback?.Median), Text.Of(row.Fork?.Median)]));
        }
    }
}
