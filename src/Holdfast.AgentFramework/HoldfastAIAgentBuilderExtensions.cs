using Holdfast;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Agents.AI;

/// <summary>Makes the runs of agents durable.</summary>
public static class HoldfastAIAgentBuilderExtensions
{
    /// <summary>
    /// Makes each run of an agent a turn of a thread: what is said is durable before the agent runs, what its functions came to is durable before it is used, and a run that was cut off, or
    /// that waits for an approval, goes on where it stood, in this process or another one.
    /// </summary>
    /// <remarks>
    /// <para>
    /// The thread is the one of the session (<see cref="HoldfastAgentSessionExtensions.GetThreadId"/>); a session without one gets a new thread. The key of the turn is the property
    /// <see cref="PersistentChatClient.KeyProperty"/> of <see cref="AgentRunOptions.AdditionalProperties"/>, else the <see cref="ChatMessage.MessageId"/> of the newest message of the user.
    /// </para>
    /// <para>
    /// If the agent's pipeline has <c>UseDurableFunctionInvocation</c> and <c>UseHoldfast</c>, these keep the conversation. Otherwise the functions that the framework invokes become steps, and the conversation is kept
    /// by a <see cref="HoldfastChatHistoryProvider"/>, or, for other agents, by this one.
    /// </para>
    /// <para>
    /// A run that waits returns requests for approval, and has the interrupts in <see cref="AgentResponse.AdditionalProperties"/> (<see cref="DurableFunctionInvokingChatClient.InterruptsProperty"/>). What the framework's
    /// session remembers of requests for approval is taken out of it: the thread knows them, and checks the answers.
    /// </para>
    /// </remarks>
    /// <param name="builder">The agent.</param>
    /// <param name="store">Where the conversations are kept; null for the store of the agent's pipeline, or the one that is registered in the services.</param>
    /// <param name="configure">Changes how the turns are begun; not called if the agent's pipeline has <c>UseHoldfast</c>, whose settings hold.</param>
    /// <exception cref="StateConfigurationException">An option is out of its range. Thrown when the agent is built.</exception>
    /// <exception cref="InvalidOperationException">There is no store, or the agent's pipeline has another one. Thrown when the agent is built.</exception>
    public static AIAgentBuilder UseHoldfast(this AIAgentBuilder builder, AgentStateStore? store = null, Action<PersistentChatOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Use((inner, services) =>
        {
            if (inner.GetService<PersistentChatClient>() is { } pipeline)
            {
                return store is null || ReferenceEquals(store.CommitLog, pipeline.GetService<AgentStateStore>()!.CommitLog)
                    ? new HoldfastAgent(inner, pipeline, services)
                    : throw new InvalidOperationException("The agent's pipeline has UseHoldfast with another store. Give both the same one, or only the pipeline.");
            }

            var options = new PersistentChatOptions();
            configure?.Invoke(options);
            return new HoldfastAgent(inner, new(NoChatClient.Instance, store ?? services.GetRequiredService<AgentStateStore>(), options), services);
        });
    }
}
