namespace Holdfast;

/// <summary>What became of a step.</summary>
public enum StepState
{
    /// <summary>Its start is durable, its end is not: it runs, or it is not known whether it took effect.</summary>
    Started = 1,

    /// <summary>Its result is durable and is never computed again.</summary>
    Completed = 2,

    /// <summary>It failed for good.</summary>
    Failed = 3,

    /// <summary>It waits for people, or for a time, and goes on from its beginning.</summary>
    Waiting = 4,
}
