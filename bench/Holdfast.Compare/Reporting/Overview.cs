using System.Globalization;
using System.Text;
using Holdfast.Compare.Running;

namespace Holdfast.Compare.Reporting;

/// <summary>What comes before the tables of each group: everybody at one history in one table, and where Holdfast is behind.</summary>
internal sealed class Overview(Settings settings, IReadOnlyList<Entrant> entrants, Numbers numbers)
{
    private readonly StringBuilder _text = new();

    public string Write()
    {
        _text.AppendLine("## In short");
        Glance();
        Behind("Where one that people use is ahead", entrant => !entrant.IsFloor);
        Behind("Where the floor is ahead", entrant => entrant.IsFloor);
        return _text.ToString().Trim();
    }

    private void Glance()
    {
        // The longest history that everybody has.
        var history = settings.Histories.Where(history => entrants.All(entrant => history <= entrant.LongestHistory)).Max();
        _text.AppendTable(
            $"Everybody, as ratios to Holdfast on the same medium with the same durability, at {history:N0} messages",
            $"Over 1 means more time or more bytes than Holdfast, and for turns per second more of them. *Kept*: of {settings.RaceTurns} turns at once on one thread, those whose messages and variables are both there afterwards.",
            ["a turn", "bytes written", "resume", "32 threads, turns per second", $"kept of {settings.RaceTurns}", "bytes stored", "lost by kill -9"],
            from pair in Catalogue.GroupsOf(entrants)
            from entrant in pair.Entrants
            where !entrant.IsHoldfast
            select (IEnumerable<string>)
            [
                $"{entrant.Title} ({pair.Group.Title})",
                Ratio(pair.Group, entrant, Measures.TurnP50, history),
                Ratio(pair.Group, entrant, Measures.TurnBytes, history),
                Ratio(pair.Group, entrant, Measures.Resume, history),
                Ratio(pair.Group, entrant, Measures.Many, settings.ManyHistory),
                Text.Of(Kept(entrant)),
                Ratio(pair.Group, entrant, Measures.GrowthStored, 0),
                Text.Of(numbers.Sum(entrant.Name, Measures.KillLost)),
            ]);
    }

    private string Ratio(Group group, Entrant entrant, string measure, int history)
        => numbers.Ratio(entrant.Name, group.Baseline, measure, history) is { } ratio ? $"{Text.Of(ratio.Median)} ×" : Text.None;

    private double? Kept(Entrant entrant)
        => numbers.Of(entrant.Name, Measures.RaceKept) is { } kept && numbers.Of(entrant.Name, Measures.RaceVariables) is { } variables ? Math.Min(kept.Median, variables.Median) : null;

    private void Behind(string title, Func<Entrant, bool> who)
    {
        var rows = Catalogue.GroupsOf(entrants).SelectMany(pair => pair.Entrants.Where(entrant => !entrant.IsHoldfast && who(entrant)).SelectMany(entrant => Behind(pair.Group, entrant))).ToList();
        if (rows.Count == 0)
        {
            _text.AppendLine(CultureInfo.InvariantCulture, $"\n### {title}\n\nNowhere in what was measured here.");
            return;
        }

        _text.AppendTable(title, "The ratio of the other's figure to Holdfast's, with its spread. Where the spread has 1 in it, neither is ahead, and it is left out.", ["group", "measure", "at", "ratio"], rows);
    }

    private IEnumerable<IEnumerable<string>> Behind(Group group, Entrant entrant)
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
                if (numbers.Ratio(entrant.Name, group.Baseline, measure, history) is { } ratio && (moreIsBetter ? ratio.Lowest > 1 : ratio.Highest < 1))
                {
                    yield return [entrant.Title, group.Title, measure, history == 0 ? "" : $"{history:N0} messages", Text.Ratio(ratio)];
                }
            }
        }
    }
}
