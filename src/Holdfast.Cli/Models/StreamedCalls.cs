using System.Text;
using Microsoft.Extensions.AI;
using OpenAI.Chat;

namespace Holdfast.Cli.Models;

/// <summary>Puts the function calls of a stream together: their arguments come in pieces.</summary>
internal sealed class StreamedCalls
{
    private readonly SortedDictionary<int, Piece> _calls = [];

    public void Add(StreamingChatToolCallUpdate update)
    {
        if (!_calls.TryGetValue(update.Index, out var call))
        {
            _calls.Add(update.Index, call = new());
        }

        call.Id ??= update.ToolCallId;
        call.Name ??= update.FunctionName;
        call.Arguments.Append(update.FunctionArgumentsUpdate?.ToString());
    }

    /// <summary>Adds the calls, now that they are complete, to the contents of an update.</summary>
    public void MoveTo(IList<AIContent> contents)
    {
        foreach (var call in _calls.Values)
        {
            contents.Add(OpenAIResponses.Call(call.Id ?? "", call.Name ?? "", call.Arguments.ToString()));
        }

        _calls.Clear();
    }

    private sealed class Piece
    {
        public string? Id { get; set; }

        public string? Name { get; set; }

        public StringBuilder Arguments { get; } = new();
    }
}
