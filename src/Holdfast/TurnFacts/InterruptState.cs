namespace Holdfast;

/// <summary>What became of an interrupt.</summary>
public enum InterruptState
{
    /// <summary>Nobody has answered yet.</summary>
    Pending = 1,

    /// <summary>It was answered, and the turn has not used the answer yet.</summary>
    Answered = 2,

    /// <summary>The turn has used the answer; what came of it is durable.</summary>
    Applied = 3,

    /// <summary>Its deadline passed; it counts as answered with what the deadline says.</summary>
    Expired = 4,

    /// <summary>It is not asked any more: the turn was cancelled, or the user went on.</summary>
    Withdrawn = 5,
}
