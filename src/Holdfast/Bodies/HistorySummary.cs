namespace Holdfast;

/// <summary>A run of visible messages that a commit replaces by messages of its own.</summary>
/// <param name="First">The first message of the run.</param>
/// <param name="Last">Its last message.</param>
/// <param name="Replaced">How many messages the run has.</param>
/// <param name="Messages">How many of the commit's messages, from the first, stand in their place.</param>
internal sealed record HistorySummary(MessagePlace First, MessagePlace Last, long Replaced, int Messages)
{
    /// <summary>What is visible with the summary: without what the commit of <paramref name="version"/> adds at the end.</summary>
    public HistoryView Apply(HistoryView view, long version)
        => new(view.Visible.Replacing(First, Last, version, Messages), view.Count - Replaced + Messages);
}
