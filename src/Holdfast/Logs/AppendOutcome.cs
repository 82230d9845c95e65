namespace Holdfast.Logs;

/// <summary>Whether an entry that a log was asked to append stands in it.</summary>
public enum AppendOutcome
{
    /// <summary>The entry was written by this call.</summary>
    Appended,

    /// <summary>An entry with the same commit id stood at this version before the call: an earlier attempt had succeeded.</summary>
    Duplicate,

    /// <summary>The thread's version or chain hash was another than expected; nothing was written.</summary>
    Conflict,

    /// <summary>The version was dropped from the thread, so that it cannot be told whether this commit stood there. Nothing was written.</summary>
    Dropped,
}
