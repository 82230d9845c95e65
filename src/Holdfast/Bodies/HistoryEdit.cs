namespace Holdfast;

/// <summary>A change of the visible history other than appending to it, as it was asked for.</summary>
/// <param name="Shown">What is left of what is stored; null for all of it.</param>
/// <param name="Most">The most messages to keep, counting stored and newly added ones; null for all.</param>
/// <param name="Among">How many of the newly added messages existed when the cut was made.</param>
internal sealed record HistoryEdit(HistoryView? Shown, int? Most = null, int Among = 0)
{
    /// <summary>The calls that are open in <see cref="Shown"/>; null where they are those of the stored state that it still shows.</summary>
    public OpenCalls? Calls { get; init; }

    /// <summary>Hides everything that is stored.</summary>
    public static readonly HistoryEdit Clear = new(new HistoryView(VisibleHistory.None, 0));

    /// <summary>An earlier edit, and a cut after it that keeps the last <paramref name="count"/> messages, of which the commit adds <paramref name="added"/>.</summary>
    public static HistoryEdit KeepLast(HistoryEdit? earlier, int count, int added)
        => new(earlier?.Shown, earlier?.Most is { } most ? (int)Math.Min(count, (long)most + added - earlier.Among) : count, added) { Calls = earlier?.Calls };

    /// <summary>How many messages are visible after a commit, when <paramref name="stored"/> were before it.</summary>
    public long Count(long stored, int added)
        => Math.Min((Shown?.Count ?? stored) + Among, Most ?? long.MaxValue) + added - Among;
}
