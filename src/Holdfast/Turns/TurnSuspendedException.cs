namespace Holdfast;

/// <summary>The turn is suspended: it waits for people or for a time, and goes on when it is begun again with its key, or by a worker.</summary>
/// <remarks>Let it pass: whoever runs the turn expects it. Once it was thrown, all that the turn does throws it again.</remarks>
public sealed class TurnSuspendedException : AgentStateException
{
    internal TurnSuspendedException(TurnId turn, DateTimeOffset? until)
        : base(ErrorCodes.TurnSuspended, until is { } time ? $"Turn {turn} sleeps until {time:u}." : $"Turn {turn} waits for people to answer.") => (Turn, Until) = (turn, until);

    /// <summary>The turn.</summary>
    public TurnId Turn { get; }

    /// <summary>When the turn goes on by itself; null while it waits for people.</summary>
    public DateTimeOffset? Until { get; }
}
