namespace Holdfast;

/// <summary>A visible message and where it is stored, or will be once it is committed.</summary>
/// <param name="Range">Which range of the visible history it is in.</param>
/// <param name="Version">The version whose commit added it.</param>
/// <param name="Index">Its place among the messages of that commit.</param>
/// <param name="Message">The message.</param>
internal readonly record struct LocatedMessage(int Range, long Version, int Index, StoredMessage Message)
{
    /// <summary>Where it is stored.</summary>
    public MessagePlace Place => new(Range, Version, Index);

    /// <summary>Whether the message comes before another one.</summary>
    public bool IsBefore(LocatedMessage other) => (Range, Version, Index).CompareTo((other.Range, other.Version, other.Index)) < 0;
}
