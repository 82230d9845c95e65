namespace Holdfast;

/// <summary>What has come since the last keyframe, and what that weighed; the next one depends on it.</summary>
/// <param name="Entries">How many entries came after it.</param>
/// <param name="Bytes">Their plain bodies, with what an entry weighs beside its body.</param>
/// <param name="Keyframe">The size of the last keyframe; 0 if there was none.</param>
internal readonly record struct TailWeight(long Entries, long Bytes, long Keyframe)
{
    public TailWeight With(int plainBytes) => this with { Entries = Entries + 1, Bytes = Bytes + plainBytes + KeyframeRule.EntryOverhead };

    /// <summary>Whether the next entry is to be a keyframe.</summary>
    public bool IsKeyframeDue(long stateSize) => KeyframeRule.IsDue(Entries + 1, Bytes, Keyframe, stateSize);
}
