namespace Holdfast;

/// <summary>What retention dropped of many threads, or would drop.</summary>
/// <param name="Threads">How many threads there are.</param>
/// <param name="Trimmed">Of how many something was dropped or hidden.</param>
/// <param name="Versions">How many versions were dropped.</param>
/// <param name="Messages">How many messages were hidden.</param>
/// <param name="Failed">How many threads could not be trimmed; the log says why.</param>
/// <param name="IsDryRun">Whether they were only counted.</param>
public sealed record TrimResult(long Threads, long Trimmed, long Versions, long Messages, long Failed, bool IsDryRun);
