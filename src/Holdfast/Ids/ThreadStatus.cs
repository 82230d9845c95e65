namespace Holdfast;

/// <summary>What the agent of a thread is doing.</summary>
/// <remarks>
/// A thread begins <see cref="Idle"/>. <see cref="Completed"/> and <see cref="Failed"/> end a task; from there the thread
/// can only become <see cref="Idle"/> or <see cref="Thinking"/> again, which begins the next one.
/// </remarks>
public enum ThreadStatus
{
    /// <summary>The agent does nothing.</summary>
    Idle = 0,

    /// <summary>The model is at work.</summary>
    Thinking = 1,

    /// <summary>A tool is at work.</summary>
    UsingTool = 2,

    /// <summary>The agent asked a person for something.</summary>
    WaitingForInput = 3,

    /// <summary>A person must approve something before the agent continues.</summary>
    WaitingForApproval = 4,

    /// <summary>The task is done.</summary>
    Completed = 5,

    /// <summary>The task was given up.</summary>
    Failed = 6,

    /// <summary>The agent will continue by itself at a set time.</summary>
    Sleeping = 7,
}
