using System.Runtime.CompilerServices;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast.Compare.Contestants;

/// <summary>Plays the model of an agent: it answers what the work says, after the time that the work says.</summary>
internal sealed class ScriptedModel : IChatClient
{
    private const string AnswerKey = "answer";
    private const string TimeKey = "time";

    /// <summary>The options of a run that is answered with this message.</summary>
    public static ChatClientAgentRunOptions Answering(ChatMessage answer, TimeSpan time)
        => new(new ChatOptions { AdditionalProperties = new() { [AnswerKey] = answer, [TimeKey] = time } });

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var script = options?.AdditionalProperties ?? throw new ArgumentException($"The options must be those of {nameof(Answering)}.", nameof(options));
        if (script[TimeKey] is TimeSpan time && time > TimeSpan.Zero)
        {
            await Task.Delay(time, TimeProvider.System, cancellationToken);
        }

        return new((ChatMessage)script[AnswerKey]!);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        // It holds nothing.
    }
}
