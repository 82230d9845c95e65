using System.Globalization;

namespace Holdfast.Benchmarks;

/// <summary>One measured fact: the median of several repetitions, and how far they spread.</summary>
internal sealed record Measurement(string Name, string Unit, double Median, double Lowest, double Highest, string? Budget = null)
{
    public static Measurement Of(string name, string unit, IEnumerable<double> values, string? budget = null)
    {
        var sorted = values.Order().ToList();
        return new(name, unit, sorted[sorted.Count / 2], sorted[0], sorted[^1], budget);
    }

    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"| {Name} | {Text(Median)} {Unit} | {Text(Lowest)} – {Text(Highest)} | {Budget} |");

    private static string Text(double value) => value.ToString(value >= 100 ? "N0" : value >= 10 ? "N1" : "N2", CultureInfo.InvariantCulture);
}
