namespace Holdfast;

/// <summary>What opening a damaged thread does, and opening one whose user or application has damaged variables.</summary>
public enum OnCorrupt
{
    /// <summary>It throws a <see cref="CorruptStateException"/>, and leaves everything as it is.</summary>
    Throw = 0,

    /// <summary>It brings what is damaged to safety, logs a warning, and opens the thread at its last good version (<see cref="ThreadHandle.RecoverAsync"/>); the same for variables.</summary>
    LastGood = 1,

    /// <summary>It brings everything that can be read to safety, logs a warning, and begins the thread, or the variables, afresh.</summary>
    Empty = 2,
}
