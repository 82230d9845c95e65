namespace Holdfast.Logs;

/// <summary>Whether an entry is in the log after an append.</summary>
public enum AppendOutcome
{
    /// <summary>The entry was written by this call.</summary>
    Appended,

    /// <summary>An entry with the same commit id stood at this version before the call: an earlier attempt had succeeded.</summary>
    Duplicate,

    /// <summary>The thread does not have the expected version or chain hash; nothing was written.</summary>
    Conflict,

    /// <summary>The version was dropped from the thread, so it is unknown whether this commit had been there. Nothing was written.</summary>
    Dropped,
}
