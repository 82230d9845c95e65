namespace Holdfast.Compare.Reporting;

/// <summary>A bar for each contestant, on a logarithmic scale.</summary>
internal static class BarChart
{
    private const int Row = 26;
    private const int Bar = 18;
    private const int Plot = 420;

    public static string Write(string title, string note, string unit, IReadOnlyList<(string Name, double Value)> bars)
    {
        var lowest = Math.Floor(Math.Log10(bars.Min(bar => bar.Value)));
        var highest = Math.Max(lowest + 1, Math.Ceiling(Math.Log10(bars.Max(bar => bar.Value))));
        var left = Picture.Margin + bars.Max(bar => Picture.WidthOf(bar.Name)) + 8;
        var bottom = Picture.Top + (bars.Count * Row);
        double X(double value) => left + ((Math.Log10(value) - lowest) / (highest - lowest) * Plot);

        var picture = new Picture(title, note, left + Plot + Picture.WidthOf("00,000 " + unit) + Picture.Margin, bottom + 32);
        for (var power = lowest; power <= highest; power++)
        {
            var x = X(Math.Pow(10, power));
            picture.Grid(x, Picture.Top - 4, x, bottom);
            picture.Write(x, bottom + 18, $"{Text.Of(Math.Pow(10, power))} {unit}", "faint", "text-anchor=\"middle\"");
        }

        for (var i = 0; i < bars.Count; i++)
        {
            var (name, value) = bars[i];
            var y = Picture.Top + (i * Row);
            picture.Write(left - 8, y + 14, name, "ink", "text-anchor=\"end\"");
            picture.Bar(left, y, Math.Max(1, X(value) - left), Bar, Picture.ClassOf(name));
            picture.Write(X(value) + 6, y + 14, $"{Text.Of(value)} {unit}", "ink");
        }

        return picture.ToString();
    }
}
