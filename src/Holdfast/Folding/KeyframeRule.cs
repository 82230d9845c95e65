namespace Holdfast;

/// <summary>When a commit also carries the folded state.</summary>
/// <remarks>
/// <para>
/// A load reads back to the last keyframe, so keyframes bound what it reads. Each is paid for: by twice its size of commits, or by as many bytes as the last one has,
/// or by the state having shrunk to half. All of them together stay below twice what the commits bring, whatever the state does.
/// </para>
/// <para>All sizes are those of the plain JSON text; an entry counts 256 bytes more, which is about what a backend stores beside its body.</para>
/// </remarks>
internal static class KeyframeRule
{
    /// <summary>What an entry weighs beside its body, in bytes.</summary>
    public const int EntryOverhead = 256;

    private const long MinimumBytes = 16 * 1024;
    private const long MaximumEntries = 256;

    /// <param name="entriesSince">How many entries there are after the last keyframe, with the one in question.</param>
    /// <param name="bytesSince">How many bytes the entries after the last keyframe have, without the one in question.</param>
    /// <param name="lastKeyframe">The size of the last keyframe; 0 if there is none.</param>
    /// <param name="state">The size of a keyframe now.</param>
    public static bool IsDue(long entriesSince, long bytesSince, long lastKeyframe, long state)
        => bytesSince >= Math.Max(2 * state, MinimumBytes)
            || (entriesSince > MaximumEntries && bytesSince >= lastKeyframe)
            || (lastKeyframe >= MinimumBytes && state <= lastKeyframe / 2);
}
