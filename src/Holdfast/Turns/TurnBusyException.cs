namespace Holdfast;

/// <summary>Another turn runs on the thread; nothing was stored.</summary>
public sealed class TurnBusyException : AgentStateException
{
    internal TurnBusyException(ThreadKey key, TurnId turn, string why)
        : base(ErrorCodes.TurnBusy, $"Thread '{key}' is busy: turn {turn} {why}. Nothing was stored. Try again later, or begin the turn with WhenBusy.Queue.") => Turn = turn;

    /// <summary>The turn that runs.</summary>
    public TurnId Turn { get; }
}
