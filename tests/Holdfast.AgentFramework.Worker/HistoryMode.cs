namespace Holdfast.AgentFramework.Worker;

/// <summary>Who keeps the conversation of an agent, and when.</summary>
public enum HistoryMode
{
    /// <summary>The pipeline of its chat client: UseDurableFunctionInvocation above UseHoldfast.</summary>
    Pipeline,

    /// <summary>A history provider, when a run has ended.</summary>
    EndOfRun,

    /// <summary>A history provider, at each call of the model.</summary>
    PerServiceCall,
}
