using Holdfast.Compare.Running;

namespace Holdfast.Compare.Reporting;

/// <summary>Answers what the tables and charts ask of the samples.</summary>
internal sealed class Numbers(IReadOnlyList<Sample> samples)
{
    private readonly ILookup<(string, string, int), Sample> _samples = samples.ToLookup(sample => (sample.Contestant, sample.Measure, sample.History));

    public Cell? Of(string contestant, string measure, int history = 0) => Cell.Of([.. _samples[(contestant, measure, history)].Select(sample => sample.Value)]);

    public double? Sum(string contestant, string measure) => _samples[(contestant, measure, 0)].ToList() is { Count: > 0 } found ? found.Sum(sample => sample.Value) : null;

    /// <summary>How many times as much as the baseline, from the pairs of the same repetition.</summary>
    public Cell? Ratio(string contestant, string baseline, string measure, int history = 0)
    {
        var others = _samples[(baseline, measure, history)].ToDictionary(sample => sample.Repetition, sample => sample.Value);
        return Cell.Of([.. _samples[(contestant, measure, history)]
            .Where(sample => others.GetValueOrDefault(sample.Repetition) > 0)
            .Select(sample => sample.Value / others[sample.Repetition])]);
    }
}
