using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Copies of messages with calls: clients that invoke functions mark the calls that they have carried out, and what a turn has recorded stays as it is.</summary>
internal static class CallCopies
{
    /// <summary>A message with calls of its own.</summary>
    public static ChatMessage CopyOf(ChatMessage message, bool isInformational = false)
    {
        var copy = message.Clone();
        copy.Contents = [.. message.Contents.Select(content => content is FunctionCallContent call ? CopyOf(call, call.CallId, isInformational) : content)];
        return copy;
    }

    /// <summary>A call with another id.</summary>
    public static FunctionCallContent CopyOf(FunctionCallContent call, string id, bool isInformational = false) => new(id, call.Name, call.Arguments)
    {
        InformationalOnly = isInformational || call.InformationalOnly,
        Exception = call.Exception,
        Annotations = call.Annotations,
        RawRepresentation = call.RawRepresentation,
        AdditionalProperties = call.AdditionalProperties,
    };
}
