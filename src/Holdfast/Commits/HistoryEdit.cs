namespace Holdfast;

/// <summary>A change of the visible history other than appending to it.</summary>
internal abstract record HistoryEdit
{
    /// <summary>How many messages are visible after a commit, when <paramref name="stored"/> were before it.</summary>
    public abstract long Count(long stored, int added);

    /// <summary>This edit, made after messages that the same commit adds.</summary>
    public abstract HistoryEdit After(List<StoredMessage> earlier);

    /// <summary>Keeps only the last messages of what is stored and of the first ones that the commit adds.</summary>
    /// <param name="Most">How many at most; null for all.</param>
    /// <param name="Among">How many of the messages that the commit adds were there when the edit was made.</param>
    /// <param name="HidesStored">Whether nothing of what is stored stays visible.</param>
    public sealed record Trim(int? Most, int Among, bool HidesStored) : HistoryEdit
    {
        public override long Count(long stored, int added)
            => Math.Min((HidesStored ? 0 : stored) + Among, Most ?? long.MaxValue) + added - Among;

        public override HistoryEdit After(List<StoredMessage> earlier)
        {
            if (!HidesStored)
            {
                return this with { Among = Among + earlier.Count };
            }

            earlier.Clear();
            return this;
        }
    }

    /// <summary>Shows exactly <paramref name="History"/> of what is stored: <paramref name="Shown"/> messages.</summary>
    public sealed record Show(VisibleHistory History, long Shown) : HistoryEdit
    {
        public override long Count(long stored, int added) => Shown + added;

        public override HistoryEdit After(List<StoredMessage> earlier) => this;
    }
}
