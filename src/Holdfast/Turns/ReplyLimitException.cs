namespace Holdfast;

/// <summary>A turn has had as many replies of a model as it may, and the last one called tools again. What happened so far is stored, and all calls have their results.</summary>
public sealed class ReplyLimitException : AgentStateException
{
    internal ReplyLimitException(TurnId turn, int limit)
        : base(
            ErrorCodes.ReplyLimit,
            $"Turn '{turn}' has had {limit} replies of a model, which is as many as {nameof(TurnOptions)}.{nameof(TurnOptions.MaxReplies)} allows, and the model still calls tools. "
            + "Everything so far is stored. Begin the turn again with its key and a higher limit to go on, or end it.") => (Turn, Limit) = (turn, limit);

    /// <summary>The turn.</summary>
    public TurnId Turn { get; }

    /// <summary>How many replies it may have.</summary>
    public int Limit { get; }
}
