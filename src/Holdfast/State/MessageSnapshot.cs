using System.Collections;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Messages in their stored form, as a list of message objects. Immutable: each access makes a new object.</summary>
internal sealed class MessageSnapshot(IReadOnlyList<StoredMessage> messages) : IReadOnlyList<ChatMessage>
{
    public static readonly MessageSnapshot Empty = new([]);

    public IReadOnlyList<StoredMessage> Stored => messages;

    public int Count => messages.Count;

    public ChatMessage this[int index] => messages[index].ToChatMessage();

    public static MessageSnapshot Of(IReadOnlyList<ChatMessage> list)
    {
        ArgumentNullException.ThrowIfNull(list);
        return list as MessageSnapshot ?? new([.. list.Select((message, i) => MessageCodec.Write(message, $"messages[{i}]"))]);
    }

    public MessageSnapshot Append(ChatMessage message) => new([.. messages, MessageCodec.Write(message, $"messages[{messages.Count}]")]);

    public bool SameAs(MessageSnapshot other)
        => Count == other.Count && messages.Zip(other.Stored).All(pair => ReferenceEquals(pair.First, pair.Second) || pair.First.SameAs(pair.Second));

    public IEnumerator<ChatMessage> GetEnumerator() => messages.Select(message => message.ToChatMessage()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
