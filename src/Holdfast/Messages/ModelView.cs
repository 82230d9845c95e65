using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>
/// Brings a conversation into the form that every model provider accepts: each call is directly followed by its result, and the approvals of functions,
/// which are between an application and a person, are replaced by the calls that they are about. Conversations get into other forms by a crash between call and
/// result, by turns that interleave, and by questions that nobody answered. What is stored is not changed.
/// </summary>
internal sealed class ModelView
{
    public const string Interrupted = "This call was interrupted; whether it took effect is not known.";
    public const string NotAnswered = "This call was not made: nobody answered and the conversation went on.";
    public const string NotKnown = "The result of this call is not known.";

    /// <summary>The property that marks a reply that was cut short.</summary>
    public const string PartialProperty = "holdfast.partial";

    /// <summary>With what the names of our own properties of messages and options begin.</summary>
    public const string OwnProperties = "holdfast.";

    /// <summary>The property of a result that has the arguments with which its call was made, where a person had changed them.</summary>
    public const string EditedProperty = "holdfast.edited";

    public const string Refused = "This call was not made: it was refused.";

    private readonly Dictionary<string, TrackedCall> _asked = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TrackedCall> _latest = new(StringComparer.Ordinal);
    private readonly Dictionary<AIContent, TrackedCall> _ofContent = new(ReferenceEqualityComparer.Instance);
    private readonly IReadOnlySet<string> _answering;

    private ModelView(IReadOnlySet<string> answering) => _answering = answering;

    /// <summary>The conversation for the model. The messages are changed where they have to be.</summary>
    /// <param name="messages">The end of the conversation, oldest message first.</param>
    /// <param name="answering">
    /// The requests for approval that are being answered. They stay as they are, with their answers: the client that invokes functions carries them out.
    /// </param>
    /// <param name="repeatsCutEnd">Whether a reply at the end that was cut short is left out.</param>
    public static IReadOnlyList<ChatMessage> Of(IReadOnlyList<ChatMessage> messages, IReadOnlySet<string> answering, bool repeatsCutEnd = false)
    {
        messages = repeatsCutEnd ? WithoutCutEnd(messages) : messages;
        ShowEdits(messages);
        foreach (var message in messages)
        {
            RemoveBookkeeping(message);
        }

        return IsSound(messages) ? messages : new ModelView(answering).Repair(messages);
    }

    /// <summary>The conversation without the last call of each of these ids.</summary>
    public static IReadOnlyList<ChatMessage> Without(IReadOnlyList<ChatMessage> messages, IEnumerable<string> calls)
    {
        var left = calls.ToHashSet(StringComparer.Ordinal);
        for (var i = messages.Count - 1; i >= 0 && left.Count > 0; i--)
        {
            messages[i].Contents = [.. messages[i].Contents.Where(content => content is not FunctionCallContent call || !left.Remove(call.CallId))];
        }

        return messages;
    }

    /// <summary>Whether a content is about the approval of a function; those of calls that a provider carries out itself are for the provider.</summary>
    public static bool IsApproval(AIContent content)
        => content is ToolApprovalRequestContent { ToolCall: FunctionCallContent } or ToolApprovalResponseContent { ToolCall: FunctionCallContent };

    // What is noted for ourselves is nothing for a model, and would make equal conversations differ for a cache.
    private static void RemoveBookkeeping(ChatMessage message)
    {
        if (message.AdditionalProperties is { } properties
            && properties.Keys.Where(key => key.StartsWith(OwnProperties, StringComparison.Ordinal)).ToList() is { Count: > 0 } own)
        {
            own.ForEach(key => properties.Remove(key));
            message.AdditionalProperties = properties.Count > 0 ? properties : null;
        }
    }

    // A reply that was cut short and never answered is said again; a model does not go on after words of its own.
    private static IReadOnlyList<ChatMessage> WithoutCutEnd(IReadOnlyList<ChatMessage> messages)
    {
        var count = messages.Count;
        while (count > 1 && messages[count - 1] is { AdditionalProperties: { } properties } last && last.Role == ChatRole.Assistant && properties.ContainsKey(PartialProperty))
        {
            count--;
        }

        return count < messages.Count ? [.. messages.Take(count)] : messages;
    }

    // What a person changed is what was called, so it is what the model is told.
    private static void ShowEdits(IReadOnlyList<ChatMessage> messages)
    {
        Dictionary<string, JsonElement>? edits = null;
        foreach (var result in messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>())
        {
            if (result.AdditionalProperties is { } properties && properties.Remove(EditedProperty, out var value) && value is JsonElement { ValueKind: JsonValueKind.Object } edited)
            {
                (edits ??= new(StringComparer.Ordinal))[result.CallId] = edited;
                result.AdditionalProperties = properties.Count > 0 ? properties : null;
            }
        }

        foreach (var call in edits is null ? [] : messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>())
        {
            if (edits!.TryGetValue(call.CallId, out var edited))
            {
                call.Arguments = edited.EnumerateObject().ToDictionary(pair => pair.Name, pair => (object?)pair.Value, StringComparer.Ordinal);
            }
        }
    }

    private static bool IsSound(IReadOnlyList<ChatMessage> messages)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            var results = message.Contents.OfType<FunctionResultContent>().ToList();
            if (IsEmpty(message)
                || message.Contents.Any(IsApproval)
                || (open.Count > 0 && results.Count < message.Contents.Count)
                || results.Exists(result => !open.Remove(result.CallId))
                || !message.Contents.OfType<FunctionCallContent>().All(call => open.Add(call.CallId)))
            {
                return false;
            }
        }

        return open.Count == 0;
    }

    private static bool IsEmpty(ChatMessage message) => message.Contents.All(content => content.GetType() == typeof(TextContent) && string.IsNullOrWhiteSpace(((TextContent)content).Text));

    private List<ChatMessage> Repair(IReadOnlyList<ChatMessage> messages)
    {
        foreach (var content in messages.SelectMany(message => message.Contents))
        {
            Follow(content);
        }

        var repaired = new List<ChatMessage>(messages.Count);
        foreach (var message in messages)
        {
            var contents = message.Contents.Select(Shown).OfType<AIContent>().ToList();
            if (contents.Count < message.Contents.Count || contents.Where((content, i) => !ReferenceEquals(content, message.Contents[i])).Any())
            {
                message.Contents = contents;
            }

            if (IsEmpty(message))
            {
                continue;
            }

            repaired.Add(message);
            var results = contents.Where(content => content is FunctionCallContent).Select(content => ResultOf(_ofContent[content])).ToList<AIContent>();
            if (results.Count > 0)
            {
                repaired.Add(new(ChatRole.Tool, results));
            }
        }

        return repaired;
    }

    // Finds out which result, answer and later call belongs to which call.
    private void Follow(AIContent content)
    {
        switch (content)
        {
            case FunctionCallContent call:
                Begin(call, call, null);
                break;
            case ToolApprovalRequestContent { ToolCall: FunctionCallContent call } request:
                Begin(request, call, request.RequestId);
                break;
            case ToolApprovalResponseContent { ToolCall: FunctionCallContent } response when _asked.TryGetValue(response.RequestId, out var asked):
                asked.Answer = response;
                break;
            case FunctionResultContent result when _latest.TryGetValue(result.CallId, out var open) && open.Result is null:
                open.Result = result;
                break;
        }
    }

    private void Begin(AIContent content, FunctionCallContent call, string? requestId)
    {
        // A client that carries out what was approved says the call once more, and no provider takes two calls of one id without a result between them.
        var tracked = _latest.TryGetValue(call.CallId, out var former) && former.Result is null ? former : new(call);
        (tracked.Call, tracked.Place) = (call, content);
        if (requestId is not null)
        {
            (tracked.RequestId, tracked.Answer) = (requestId, null);
            _asked[requestId] = tracked;
        }

        _latest[call.CallId] = tracked;
        _ofContent[content] = _ofContent[call] = tracked;
    }

    // What becomes of a content: itself, what stands for it, or nothing. Results are placed after their calls.
    private AIContent? Shown(AIContent content)
    {
        if (content is FunctionResultContent)
        {
            return null;
        }

        if (content is FunctionCallContent)
        {
            return _ofContent[content] is var call && call.Place == content && !IsBeingAnswered(call) ? content : null;
        }

        if (!IsApproval(content))
        {
            return content;
        }

        if (content is ToolApprovalRequestContent)
        {
            var asked = _ofContent[content];
            return IsBeingAnswered(asked) ? content : asked.Place == content ? asked.Call : null;
        }

        return content is ToolApprovalResponseContent { RequestId: var id } && _asked.TryGetValue(id, out var answered) && answered.Answer == content && IsBeingAnswered(answered)
            ? content
            : null;
    }

    private bool IsBeingAnswered(TrackedCall call)
        => call is { Answer: not null, Result: null, RequestId: { } request } && _answering.Contains(request);

    private static FunctionResultContent ResultOf(TrackedCall call) => call.Result ?? new FunctionResultContent(call.Call.CallId, call switch
    {
        { Answer: { Approved: false, Reason: { Length: > 0 } reason } } => $"{Refused} {reason}",
        { Answer.Approved: false } => Refused,
        { Answer: not null } => Interrupted,
        { RequestId: not null } => NotAnswered,
        { Call.InformationalOnly: true } => NotKnown,
        _ => Interrupted,
    });

    private sealed class TrackedCall(FunctionCallContent call)
    {
        public FunctionCallContent Call { get; set; } = call;

        /// <summary>The content at whose place the call is shown: the last that said it.</summary>
        public AIContent? Place { get; set; }

        /// <summary>The request for approval; null for a call that needed none.</summary>
        public string? RequestId { get; set; }

        public ToolApprovalResponseContent? Answer { get; set; }

        public FunctionResultContent? Result { get; set; }
    }
}
