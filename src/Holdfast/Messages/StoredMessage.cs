using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A message as it is stored: its JSON text, which is never rewritten. Immutable.</summary>
internal sealed class StoredMessage(ReadOnlyMemory<byte> json)
{
    public ReadOnlyMemory<byte> Json => json;

    /// <summary>The message as a new object, which its receiver may change without changing anyone else's.</summary>
    public ChatMessage ToChatMessage() => MessageCodec.Read(this);

    /// <summary>Whether both say the same; blanks and escapes say nothing.</summary>
    public bool SameAs(StoredMessage other) => Utf8Json.Same(json, other.Json);
}
