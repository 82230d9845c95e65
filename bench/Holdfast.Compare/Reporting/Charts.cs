using System.Text.Json;
using Holdfast.Compare.Running;

namespace Holdfast.Compare.Reporting;

/// <summary>Draws the pictures of a run.</summary>
internal sealed class Charts(Settings settings, IReadOnlyList<Entrant> entrants, Numbers numbers)
{
    private const string Unit = "ms";

    public static string NameOfLines(Group group) => $"history-{group.Name}.svg";

    public static string NameOfBars(Group group) => $"turn-{group.Name}.svg";

    public static string TitleOfLines(Group group) => $"{group.Title}: the time of a turn against the length of the history";

    public static string TitleOfBars(Group group, int history) => $"{group.Title}: a turn on a thread of {history:N0} messages";

    /// <summary>The history that the bars are of.</summary>
    public static int HistoryOfBars(Settings settings) => settings.Histories[^2];

    /// <summary>The medians of a run that has written its results.</summary>
    public static async Task<Numbers> ReadAsync(string results)
    {
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(results));
        return new(
        [
            .. from cell in json.RootElement.GetProperty("results").EnumerateArray()
               from value in cell.GetProperty("values").EnumerateArray().Select((value, repetition) => (Number: value.GetDouble(), Repetition: repetition))
               select new Sample(
                   cell.GetProperty("contestant").GetString()!, cell.GetProperty("measure").GetString()!, cell.GetProperty("history").GetInt32(), value.Repetition, value.Number),
        ]);
    }

    public async Task WriteAsync()
    {
        var directory = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(settings.Document))!, "comparison");
        Directory.CreateDirectory(directory);
        foreach (var (group, members) in Catalogue.GroupsOf(entrants))
        {
            var lines = members.Select(entrant => (Name: NameOf(entrant), Points: PointsOf(entrant))).Where(line => line.Points.Count > 0).ToList();
            if (lines.Count > 0)
            {
                await File.WriteAllTextAsync(
                    Path.Combine(directory, NameOfLines(group)), LineChart.Write(TitleOfLines(group), "The median of a turn; both axes are logarithmic. Less is better.", Unit, lines));
            }

            var history = HistoryOfBars(settings);
            var bars = lines
                .Select(line => (line.Name, line.Points.FirstOrDefault(point => point.History == history).Value))
                .Where(bar => bar.Value > 0)
                .ToList();
            if (bars.Count > 0)
            {
                await File.WriteAllTextAsync(Path.Combine(directory, NameOfBars(group)), BarChart.Write(TitleOfBars(group, history), "The median; the axis is logarithmic. Less is better.", Unit, bars));
            }
        }
    }

    private static string NameOf(Entrant entrant) => entrant.Title.Replace("*", "", StringComparison.Ordinal);

    private IReadOnlyList<(int History, double Value)> PointsOf(Entrant entrant) =>
    [
        .. from history in settings.Histories
           let time = numbers.Of(entrant.Name, Measures.TurnP50, history)
           where time is not null
           select (history, time.Median),
    ];
}
