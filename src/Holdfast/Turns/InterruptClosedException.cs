namespace Holdfast;

/// <summary>The interrupt is closed: someone was faster, it has expired, or it was withdrawn.</summary>
public sealed class InterruptClosedException : AgentStateException
{
    internal InterruptClosedException(InterruptId id, InterruptState state, InterruptAnswer? answer)
        : base(ErrorCodes.InterruptClosed, $"Interrupt '{id}' is closed: {Describe(state, answer)}. The answer was not stored.") => (Id, State, Answer) = (id, state, answer);

    /// <summary>The interrupt.</summary>
    public InterruptId Id { get; }

    /// <summary>Where it stands.</summary>
    public InterruptState State { get; }

    /// <summary>The answer that holds; null if there is none.</summary>
    public InterruptAnswer? Answer { get; }

    private static string Describe(InterruptState state, InterruptAnswer? answer) => state switch
    {
        InterruptState.Expired => "its deadline has passed",
        InterruptState.Withdrawn => "it was withdrawn",
        _ => $"it was answered with {answer?.Kind.ToString().ToLowerInvariant()}{(answer?.By is { } by ? $" by '{by}'" : "")} at {answer?.At:u}",
    };
}
