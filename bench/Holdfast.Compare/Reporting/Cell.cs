using Holdfast.Compare.Running;

namespace Holdfast.Compare.Reporting;

/// <summary>Several values of one measure: the median of the repetitions, and how far they spread.</summary>
internal sealed record Cell(double Median, double Lowest, double Highest)
{
    public static Cell? Of(IReadOnlyCollection<double> values) => values.Count == 0 ? null : new(Statistics.Median(values), values.Min(), values.Max());
}
