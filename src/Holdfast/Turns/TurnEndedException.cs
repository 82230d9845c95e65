namespace Holdfast;

/// <summary>The turn has ended; nothing can be added to it.</summary>
public sealed class TurnEndedException : AgentStateException
{
    internal TurnEndedException(TurnId turn, TurnState state)
        : base(ErrorCodes.TurnEnded, $"Turn {turn} has ended: it is {state.ToString().ToLowerInvariant()}. Begin another one.") => Turn = turn;

    /// <summary>The turn.</summary>
    public TurnId Turn { get; }
}
