using System.Globalization;
using System.Net;
using System.Text;

namespace Holdfast.Compare.Reporting;

/// <summary>A picture in SVG, with colours for light and for dark pages.</summary>
internal sealed class Picture
{
    public const int Margin = 16;

    /// <summary>Where the title and the line below it end.</summary>
    public const int Top = 64;

    // A system has the same colour in all pictures, on light and on dark pages.
    private static readonly (string Family, string Light, string Dark)[] Colours =
    [
        ("Holdfast", "#0b7a75", "#2dd4bf"),
        ("floor", "#6b7280", "#9ca3af"),
        ("one JSON document", "#a16207", "#facc15"),
        ("Agent Framework", "#1d4ed8", "#60a5fa"),
        ("LangGraph JS", "#c2410c", "#fb923c"),
        ("Marten", "#7c3aed", "#c4b5fd"),
        ("Mastra", "#be185d", "#f472b6"),
        ("Orleans", "#4d7c0f", "#a3e635"),
        ("@hazeljs/agent", "#b91c1c", "#f87171"),
        ("OpenAI Agents", "#0369a1", "#7dd3fc"),
    ];

    private readonly StringBuilder _svg = new();

    public Picture(string title, string note, double width, double height)
    {
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:0}\" height=\"{height:0}\" viewBox=\"0 0 {width:0} {height:0}\" role=\"img\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\">");
        Line($"<title>{WebUtility.HtmlEncode(title)}</title>");
        Line($"<style>{Style(dark: false)}@media (prefers-color-scheme: dark) {{{Style(dark: true)}}}</style>");
        Line($"<rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"6\"/>");
        Write(Margin, 26, title, "ink", "font-size=\"16\" font-weight=\"bold\"");
        Write(Margin, 46, note, "faint");
    }

    /// <summary>The class of a contestant's colour: that of the system, whatever its variant.</summary>
    public static string ClassOf(string name)
        => "c" + Math.Max(0, Array.FindIndex(Colours, colour => name.StartsWith(colour.Family, StringComparison.Ordinal))).ToString(CultureInfo.InvariantCulture);

    /// <summary>About how wide a text is. No reader has the same fonts, so it is rather too much.</summary>
    public static double WidthOf(string text) => text.Length * 7;

    public void Grid(double x1, double y1, double x2, double y2, bool minor = false) => Line($"<path class=\"{(minor ? "minor" : "grid")}\" d=\"M{x1:0.#} {y1:0.#}L{x2:0.#} {y2:0.#}\"/>");

    public void Write(double x, double y, string text, string style, string more = "") => Line($"<text class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\" {more}>{WebUtility.HtmlEncode(text)}</text>");

    public void Bar(double x, double y, double width, double height, string style) => Line($"<rect class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\"/>");

    public void Dot(double x, double y, double radius, string style) => Line($"<circle class=\"{style}\" cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{radius:0.#}\"/>");

    public void Path(IEnumerable<(double X, double Y)> points, string style, double width, string dashes = "", double opacity = 1)
    {
        var path = string.Join('L', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#} {point.Y:0.#}")));
        Line($"<path class=\"{style} line\" d=\"M{path}\" stroke-width=\"{width}\" stroke-dasharray=\"{(dashes.Length == 0 ? "none" : dashes)}\" opacity=\"{opacity}\"/>");
    }

    public override string ToString() => _svg + "</svg>\n";

    private static string Style(bool dark)
    {
        var style = new StringBuilder(dark
            ? ".page{fill:#0d1117}.ink{fill:#e6edf3}.faint{fill:#9aa4af}.grid{stroke:#3a424c}.minor{stroke:#21272f}"
            : ".page{fill:#ffffff}.ink{fill:#1f2328}.faint{fill:#59636e}.grid{stroke:#cfd6dd}.minor{stroke:#eceff2}");
        for (var i = 0; i < Colours.Length; i++)
        {
            var colour = dark ? Colours[i].Dark : Colours[i].Light;
            style.Append(CultureInfo.InvariantCulture, $".c{i}{{fill:{colour};stroke:{colour}}}");
        }

        // A class of a colour fills and outlines; a line is not filled, a text has no outline.
        return style.Append(".line{fill:none}text{stroke:none!important}").ToString();
    }

    private void Line(FormattableString line) => _svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
