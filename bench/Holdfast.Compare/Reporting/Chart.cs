using System.Globalization;
using System.Net;
using System.Text;

namespace Holdfast.Compare.Reporting;

/// <summary>A bar chart with a logarithmic scale, as SVG.</summary>
internal static class Chart
{
    private const int Row = 26;
    private const int Top = 44;
    private const int Left = 330;
    private const int Width = 420;
    private const int Right = 110;

    public static string Write(string title, string unit, IReadOnlyList<(string Name, double Value, bool Ours)> bars)
    {
        var lowest = Math.Floor(Math.Log10(bars.Min(bar => bar.Value)));
        var highest = Math.Max(lowest + 1, Math.Ceiling(Math.Log10(bars.Max(bar => bar.Value))));
        double X(double value) => Left + ((Math.Log10(value) - lowest) / (highest - lowest) * Width);
        var height = Top + (bars.Count * Row) + 30;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + Width + Right}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">");
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"10\" y=\"22\" font-size=\"15\" font-weight=\"bold\">{WebUtility.HtmlEncode(title)}</text>");
        for (var power = lowest; power <= highest; power++)
        {
            var x = X(Math.Pow(10, power));
            svg.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{x:0.#}\" y1=\"{Top - 6}\" x2=\"{x:0.#}\" y2=\"{height - 24}\" stroke=\"#dddddd\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{height - 8}\" text-anchor=\"middle\" fill=\"#666666\">{Text.Of(Math.Pow(10, power))} {unit}</text>");
        }

        for (var i = 0; i < bars.Count; i++)
        {
            var (name, value, ours) = bars[i];
            var y = Top + (i * Row);
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 14}\" text-anchor=\"end\">{WebUtility.HtmlEncode(name)}</text>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y}\" width=\"{Math.Max(1, X(value) - Left):0.#}\" height=\"{Row - 7}\" fill=\"{(ours ? "#0b7a75" : "#9aa5b1")}\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{X(value) + 6:0.#}\" y=\"{y + 14}\">{Text.Of(value)} {unit}</text>");
        }

        return svg.AppendLine("</svg>").ToString();
    }
}
