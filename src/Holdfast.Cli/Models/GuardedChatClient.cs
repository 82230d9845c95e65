using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Models;

/// <summary>The client of a model, whose calls end with a signal, and whose failures are told from those of the store.</summary>
/// <remarks>
/// It is given to the turn, so that a signal cuts off the model alone: what was said is committed before, and what had arrived is committed after.
/// </remarks>
internal sealed class GuardedChatClient(IChatClient innerClient, ModelChoice model, CancellationToken interruption) : DelegatingChatClient(innerClient)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, interruption);
        try
        {
            return await base.GetResponseAsync(messages, options, either.Token);
        }
        catch (Exception e) when (!either.IsCancellationRequested)
        {
            throw Failed(e);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, interruption);
        await using var stream = base.GetStreamingResponseAsync(messages, options, either.Token).GetAsyncEnumerator(either.Token);
        while (true)
        {
            try
            {
                if (!await stream.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (Exception e) when (!either.IsCancellationRequested)
            {
                throw Failed(e);
            }

            yield return stream.Current;
        }
    }

    private ToolException Failed(Exception exception) => new(
        "model-failed",
        ExitCodes.ModelFailed,
        $"{model} did not answer: {ReasonOf(exception)}",
        model.Provider == ModelProvider.Anthropic
            ? "What was said is stored. Check ANTHROPIC_API_KEY, the name of the model and --endpoint."
            : "What was said is stored. Check OPENAI_API_KEY, the name of the model and --endpoint.",
        exception);

    // The SDKs wrap what happened, some of them once for each try.
    private static string ReasonOf(Exception exception)
    {
        var cause = exception is AggregateException { InnerExceptions: [.., var last] } ? last.GetBaseException() : exception.GetBaseException();
        return exception is AggregateException || cause.Message == exception.Message ? cause.Message : $"{exception.Message}: {cause.Message}";
    }
}
