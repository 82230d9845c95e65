using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A message as it is stored: its JSON text, which is never rewritten. Immutable.</summary>
/// <param name="json">The JSON text.</param>
/// <param name="at">When it was committed; null as long as it is not.</param>
internal sealed class StoredMessage(ReadOnlyMemory<byte> json, DateTimeOffset? at = null)
{
    public ReadOnlyMemory<byte> Json => json;

    /// <summary>When the message was committed: the time of a message that does not say its own.</summary>
    public DateTimeOffset? At => at;

    /// <summary>The same message, committed at a time; null for one that is yet to be committed.</summary>
    public StoredMessage CommittedAt(DateTimeOffset? time) => new(json, time);

    /// <summary>The message as a new object, which its receiver may change without changing anyone else's.</summary>
    public ChatMessage ToChatMessage() => MessageCodec.Read(this);

    /// <summary>Whether both say the same; blanks and escapes say nothing.</summary>
    public bool SameAs(StoredMessage other) => Utf8Json.Same(json, other.Json);
}
