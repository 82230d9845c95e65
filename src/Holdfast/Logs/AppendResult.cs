namespace Holdfast.Logs;

/// <summary>What became of an append.</summary>
/// <param name="Outcome">Whether the entry stands in the log.</param>
/// <param name="CurrentVersion">The version of the thread after the call; 0 when the thread does not exist.</param>
public readonly record struct AppendResult(AppendOutcome Outcome, long CurrentVersion)
{
    /// <summary>The entry was written.</summary>
    public static AppendResult Appended(long version) => new(AppendOutcome.Appended, version);

    /// <summary>The same commit stood at this version already.</summary>
    public static AppendResult Duplicate(long currentVersion) => new(AppendOutcome.Duplicate, currentVersion);

    /// <summary>Nothing was written: the thread is not where the entry expected it.</summary>
    public static AppendResult Conflict(long currentVersion) => new(AppendOutcome.Conflict, currentVersion);

    /// <summary>Nothing was written, and what stood at the version is not there any more.</summary>
    public static AppendResult Dropped(long currentVersion) => new(AppendOutcome.Dropped, currentVersion);
}
