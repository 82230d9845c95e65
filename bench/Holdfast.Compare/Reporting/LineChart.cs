using System.Globalization;

namespace Holdfast.Compare.Reporting;

/// <summary>A line for each contestant over the length of the history; both axes are logarithmic. Each line has its name at its end.</summary>
internal static class LineChart
{
    private const double Left = 76;
    private const double Plot = 520;
    private const double Gap = 26;
    private const double LabelRow = 18;
    private const double Bottom = Picture.Top + 380;

    // Variants of one system have its colour; these tell them apart.
    private static readonly string[] Dashes = ["", "7 4", "2 4", "10 3 2 3"];

    public static string Write(string title, string note, string unit, IReadOnlyList<(string Name, IReadOnlyList<(int History, double Value)> Points)> lines)
    {
        var histories = lines.SelectMany(line => line.Points).Select(point => point.History).Distinct().Order().ToList();
        var values = lines.SelectMany(line => line.Points).Select(point => point.Value).ToList();
        var (lowest, highest) = (Math.Floor(Math.Log10(values.Min())), Math.Ceiling(Math.Log10(values.Max())));
        double X(int history) => Left + ((Math.Log10(history) - Math.Log10(histories[0])) / (Math.Log10(histories[^1]) - Math.Log10(histories[0])) * Plot);
        double Y(double value) => Bottom - ((Math.Log10(value) - lowest) / Math.Max(1, highest - lowest) * (Bottom - Picture.Top));

        var labels = lines.Select(line => LabelOf(line.Name, line.Points[^1], histories[^1], unit)).ToList();
        var right = Left + Plot + Gap;
        var picture = new Picture(title, note, right + labels.Max(Picture.WidthOf) + Picture.Margin, Bottom + 56);
        DrawGrid(picture, histories, X, Y, lowest, highest, unit);
        var places = Spread([.. lines.Select(line => Y(line.Points[^1].Value))]);
        // Holdfast is drawn last, so that no other line hides it.
        foreach (var i in Enumerable.Range(0, lines.Count).Reverse())
        {
            var (name, points) = lines[i];
            var style = Picture.ClassOf(name);
            var ours = style == Picture.ClassOf("Holdfast");
            var variant = lines.Take(i).Count(other => Picture.ClassOf(other.Name) == style);
            var (endX, endY) = (X(points[^1].History), Y(points[^1].Value));
            picture.Path([(endX, endY), (right - 12, places[i]), (right - 4, places[i])], style, 1, "1 3", opacity: 0.7);
            picture.Path(points.Select(point => (X(point.History), Y(point.Value))), style, ours ? 3.5 : 2, Dashes[variant % Dashes.Length]);
            foreach (var (history, value) in points)
            {
                picture.Dot(X(history), Y(value), ours ? 4 : 3, style);
            }

            picture.Write(right, places[i] + 4, labels[i], style, ours ? "font-weight=\"bold\"" : "");
        }

        return picture.ToString();
    }

    private static string LabelOf(string name, (int History, double Value) last, int longest, string unit)
        => $"{name}: {Text.Of(last.Value)} {unit}" + (last.History == longest ? "" : string.Create(CultureInfo.InvariantCulture, $" (at {last.History:N0})"));

    private static void DrawGrid(Picture picture, List<int> histories, Func<int, double> x, Func<double, double> y, double lowest, double highest, string unit)
    {
        for (var power = lowest; power <= highest; power++)
        {
            var value = Math.Pow(10, power);
            for (var i = 2; i < 10 && power < highest; i++)
            {
                picture.Grid(Left, y(i * value), Left + Plot, y(i * value), minor: true);
            }

            picture.Grid(Left, y(value), Left + Plot, y(value));
            picture.Write(Left - 8, y(value) + 4, $"{Text.Of(value)} {unit}", "faint", "text-anchor=\"end\"");
        }

        foreach (var history in histories)
        {
            picture.Grid(x(history), Picture.Top, x(history), Bottom);
            picture.Write(x(history), Bottom + 20, history.ToString("N0", CultureInfo.InvariantCulture), "faint", "text-anchor=\"middle\"");
        }

        picture.Write(Left + (Plot / 2), Bottom + 42, "messages that the thread has", "faint", "text-anchor=\"middle\"");
    }

    /// <summary>Moves labels apart, in the order of their lines, so that none covers another.</summary>
    private static double[] Spread(IReadOnlyList<double> wanted)
    {
        var order = Enumerable.Range(0, wanted.Count).OrderBy(i => wanted[i]).ToList();
        var places = wanted.ToArray();
        for (var i = 1; i < order.Count; i++)
        {
            places[order[i]] = Math.Max(places[order[i]], places[order[i - 1]] + LabelRow);
        }

        // What was pushed out at the bottom comes back, and pushes those above it.
        var limit = Bottom;
        foreach (var i in Enumerable.Reverse(order))
        {
            places[i] = Math.Min(places[i], limit);
            limit = places[i] - LabelRow;
        }

        return places;
    }
}
