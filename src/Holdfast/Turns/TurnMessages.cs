using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>What a turn added to the conversation: what is durable, and what is part of a commit that is being made. Thread safe.</summary>
internal sealed class TurnMessages
{
    private readonly Lock _lock = new();
    private readonly List<ChatMessage> _durable = [];
    private readonly List<ChatMessage> _sent = [];

    /// <summary>The messages that are durable, in their order.</summary>
    public IReadOnlyList<ChatMessage> Durable
    {
        get
        {
            lock (_lock)
            {
                return [.. _durable];
            }
        }
    }

    /// <summary>Takes the messages that the turn had added before it was begun here.</summary>
    public void Begin(IEnumerable<ChatMessage> messages)
    {
        lock (_lock)
        {
            _durable.AddRange(messages);
        }
    }

    /// <summary>Notes a message that becomes part of the next commit, unless it is there already.</summary>
    public bool TryAdd(ChatMessage message)
    {
        lock (_lock)
        {
            var isNew = !_durable.Concat(_sent).Any(known => IsSame(known, message));
            if (isNew)
            {
                _sent.Add(message);
            }

            return isNew;
        }
    }

    /// <summary>The commit with what was added is durable.</summary>
    public void Confirm()
    {
        lock (_lock)
        {
            _durable.AddRange(_sent);
            _sent.Clear();
        }
    }

    /// <summary>What was added and is not durable was given up.</summary>
    public void GiveUp()
    {
        lock (_lock)
        {
            _sent.Clear();
        }
    }

    /// <summary>The result of a call, if it is durable.</summary>
    public FunctionResultContent? ResultOf(string callId)
    {
        lock (_lock)
        {
            return _durable.SelectMany(message => message.Contents).OfType<FunctionResultContent>().FirstOrDefault(result => result.CallId == callId);
        }
    }

    private static bool IsSame(ChatMessage known, ChatMessage message)
        => (message.MessageId is { } id && known.MessageId == id && known.Role == message.Role && ResultsOf(known).SequenceEqual(ResultsOf(message), StringComparer.Ordinal)
                && CallsOf(known).SequenceEqual(CallsOf(message), StringComparer.Ordinal))
            || ResultsOf(message).Any(call => ResultsOf(known).Contains(call, StringComparer.Ordinal));

    private static IEnumerable<string> ResultsOf(ChatMessage message) => message.Contents.OfType<FunctionResultContent>().Select(result => result.CallId);

    private static IEnumerable<string> CallsOf(ChatMessage message) => message.Contents.OfType<FunctionCallContent>().Select(call => call.CallId);
}
