using System.Globalization;

namespace Holdfast.Compare.Reporting;

/// <summary>Numbers as people read them.</summary>
internal static class Text
{
    public const string None = "–";

    public static string Of(double? value) => value is not { } number ? None : number.ToString(Math.Abs(number) switch
    {
        >= 100 => "N0",
        >= 10 => "0.#",
        >= 1 => "0.##",
        _ => "0.###",
    }, CultureInfo.InvariantCulture);

    public static string Ratio(Cell? ratio) => ratio is null ? None : $"{Of(ratio.Median)} × ({Of(ratio.Lowest)} – {Of(ratio.Highest)})";

    public static string Spread(Cell? cell) => cell is null ? None : $"{Of(cell.Median)} ({Of(cell.Lowest)} – {Of(cell.Highest)})";

    public static string Bytes(double? bytes) => bytes switch
    {
        null => None,
        >= 10_000_000 => $"{Of(bytes / 1_000_000)} MB",
        >= 10_000 => $"{Of(bytes / 1_000)} kB",
        _ => $"{Of(bytes)} B",
    };
}
