namespace Holdfast;

/// <summary>What is known of a tool call that has no result yet.</summary>
public enum OpenCallState
{
    /// <summary>It may have been made, or is being made: nothing says that it was not.</summary>
    MayHaveRun = 0,

    /// <summary>It was not made.</summary>
    NotStarted = 1,

    /// <summary>It waits for people, or for a time, and nothing was done yet.</summary>
    Waiting = 2,

    /// <summary>What came of it is recorded, and is not among the messages yet.</summary>
    Done = 3,
}
