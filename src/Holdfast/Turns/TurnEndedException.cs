namespace Holdfast;

/// <summary>The turn has ended; nothing can be added to it.</summary>
public sealed class TurnEndedException : AgentStateException
{
    internal TurnEndedException(TurnId turn, TurnState state)
        : base(ErrorCodes.TurnEnded, $"Turn {turn} has ended: it is {state.ToString().ToLowerInvariant()}. Begin another one.") => Turn = turn;

    private TurnEndedException(TurnId turn, string message)
        : base(ErrorCodes.TurnEnded, message) => Turn = turn;

    /// <summary>The turn.</summary>
    public TurnId Turn { get; }

    internal static TurnEndedException NotThere(TurnId turn, ThreadKey key)
        => new(turn, $"Thread '{key}' has no turn {turn}: there never was one, or it waited in the queue and was cancelled, or another turn took along what was said.");
}
