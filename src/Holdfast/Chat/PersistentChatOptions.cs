namespace Holdfast;

/// <summary>How a chat client keeps its conversations.</summary>
public sealed class PersistentChatOptions
{
    /// <summary>The user for whom threads are opened; a thread of another user is refused.</summary>
    /// <value>The default is null: no user.</value>
    public string? UserId { get; set; }

    /// <summary>The agent that is in charge of the threads.</summary>
    /// <value>The default is null: the agent stays as it is.</value>
    public string? Agent { get; set; }

    /// <summary>How many of the last messages the model is sent: 1 to 10,000. Some more where the first would be a tool's result without its call.</summary>
    /// <value>The default is 200.</value>
    public int HistoryWindow { get; set; } = 200;

    internal PersistentChatOptions Validated()
    {
        if (HistoryWindow is < 1 or > 10_000)
        {
            throw new StateConfigurationException($"PersistentChatOptions.HistoryWindow must be 1 to 10,000; it is {HistoryWindow}.");
        }

        return new() { UserId = UserId, Agent = Agent, HistoryWindow = HistoryWindow };
    }
}
