using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>
/// Gives calls ids that are new in their turn: some models count their calls from the beginning in each reply, and neither a result nor an approval of one call may be taken for that of another.
/// </summary>
internal sealed class CallIds(Turn turn)
{
    private readonly HashSet<string> _known = turn.Reply.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Select(call => call.CallId).ToHashSet(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _renamed = new(StringComparer.Ordinal);

    public bool AreTakenBy(IEnumerable<AIContent> contents) => _known.Count > 0 && contents.OfType<FunctionCallContent>().Any(call => _known.Contains(call.CallId));

    /// <summary>A message with calls of its own, whose ids the turn has not had yet.</summary>
    public ChatMessage Renew(ChatMessage message)
    {
        var copy = CallCopies.CopyOf(message);
        copy.Contents = [.. copy.Contents.Select(Renew)];
        return copy;
    }

    /// <inheritdoc cref="Renew(ChatMessage)"/>
    public AIContent Renew(AIContent content) => content switch
    {
        FunctionCallContent call when _known.Contains(call.CallId) => CallCopies.CopyOf(call, NewIdOf(call.CallId)),
        FunctionResultContent result when _renamed.TryGetValue(result.CallId, out var id) => new FunctionResultContent(id, result.Result)
        {
            Exception = result.Exception,
            Annotations = result.Annotations,
            RawRepresentation = result.RawRepresentation,
            AdditionalProperties = result.AdditionalProperties,
        },
        _ => content,
    };

    private string NewIdOf(string id)
    {
        if (!_renamed.TryGetValue(id, out var renamed))
        {
            var number = 2;
            while (_known.Contains($"{id}-{number}"))
            {
                number++;
            }

            _renamed[id] = renamed = $"{id}-{number}";
        }

        return renamed;
    }
}
