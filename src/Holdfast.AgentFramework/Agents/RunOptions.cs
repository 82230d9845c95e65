using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>The options of a run, in the form that agents over chat clients take.</summary>
internal static class RunOptions
{
    /// <summary>A copy with options for the chat client, which have the properties of the run too.</summary>
    public static ChatClientAgentRunOptions Of(AgentRunOptions? options)
    {
        var own = options as ChatClientAgentRunOptions;
        var run = new ChatClientAgentRunOptions(own?.ChatOptions?.Clone() ?? new())
        {
            ChatClientFactory = own?.ChatClientFactory,
            ContinuationToken = options?.ContinuationToken,
            AllowBackgroundResponses = options?.AllowBackgroundResponses,
            ResponseFormat = options?.ResponseFormat,
            AdditionalProperties = options?.AdditionalProperties,
        };
        foreach (var (name, value) in options?.AdditionalProperties ?? [])
        {
            (run.ChatOptions!.AdditionalProperties ??= []).TryAdd(name, value);
        }

        return run;
    }
}
