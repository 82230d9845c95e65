namespace Holdfast;

/// <summary>Too many turns wait for the thread; nothing was stored.</summary>
public sealed class TurnQueueFullException : AgentStateException
{
    internal TurnQueueFullException(ThreadKey key, int most)
        : base(ErrorCodes.TurnQueueFull, $"{most} turns wait for thread '{key}' already, which is as many as can. Nothing was stored. Try again later.")
    {
    }
}
