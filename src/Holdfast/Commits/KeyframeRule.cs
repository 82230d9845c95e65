namespace Holdfast;

/// <summary>When a commit also carries the folded state.</summary>
/// <remarks>
/// A load reads back to the last keyframe, so keyframes bound what it reads; each is paid for by at least twice its size of commits, so that
/// writing stays linear in what is committed.
/// </remarks>
internal static class KeyframeRule
{
    private const long MinimumBytes = 16 * 1024;
    private const long MaximumEntries = 256;

    public static bool IsDue(long version, long lastKeyframe, long bytesSince, long keyframeSize)
        => bytesSince >= Math.Max(2 * keyframeSize, MinimumBytes) || version - lastKeyframe > MaximumEntries;
}
