namespace Holdfast;

/// <summary>What a look at a thread found.</summary>
/// <param name="Events">What happened, in order; a bounded part of it.</param>
/// <param name="HasMore">Whether to look again at once.</param>
/// <param name="IsOver">Whether the watch ends after them.</param>
internal sealed record ThreadLook(IReadOnlyList<ThreadEvent> Events, bool HasMore = false, bool IsOver = false)
{
    public static readonly ThreadLook Nothing = new([]);
}
