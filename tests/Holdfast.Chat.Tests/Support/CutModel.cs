using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Support;

/// <summary>A model whose first stream breaks off after its first update with a call.</summary>
internal sealed class CutModel(StrictModel model) : DelegatingChatClient(model)
{
    private bool _wasCut;

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            yield return update;
            if (!_wasCut && update.Contents.Any(content => content is FunctionCallContent))
            {
                _wasCut = true;
                throw new IOException("The connection was reset.");
            }
        }
    }
}
