using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A message that is not visible at both points, or not the same.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class MessageDiff
{
    private readonly StoredMessage? _before;
    private readonly StoredMessage? _after;
    private IReadOnlyList<string>? _lines;

    internal MessageDiff((StoredMessage Message, long Index)? before, (StoredMessage Message, long Index)? after)
        => (_before, BeforeIndex, _after, AfterIndex) = (before?.Message, before?.Index, after?.Message, after?.Index);

    /// <summary>Whether the message was added, is hidden (removed), or was edited (changed): another message of the same author, with at least half of its words, stands in its place.</summary>
    public DiffKind Kind => _before is null ? DiffKind.Added : _after is null ? DiffKind.Removed : DiffKind.Changed;

    /// <summary>The message at the first point; null if there is none. Each access makes a new object.</summary>
    public ChatMessage? Before => _before?.ToChatMessage();

    /// <summary>The message at the second point; null if there is none. Each access makes a new object.</summary>
    public ChatMessage? After => _after?.ToChatMessage();

    /// <summary>The place of <see cref="Before"/> among the visible messages of the first point, from 0.</summary>
    public long? BeforeIndex { get; }

    /// <summary>The place of <see cref="After"/> among the visible messages of the second point, from 0.</summary>
    public long? AfterIndex { get; }

    /// <summary>The change of an edited message's text as a unified diff: a header for each stretch (<c>@@ -1,3 +1,4 @@</c>), then lines that begin with a blank, <c>-</c> or <c>+</c>. None for others.</summary>
    public IReadOnlyList<string> TextChanges => _lines ??= Kind == DiffKind.Changed ? UnifiedText.Of(Before!.Text, After!.Text) : [];

    internal ReadOnlyMemory<byte>? BeforeJson => _before?.Json;

    internal ReadOnlyMemory<byte>? AfterJson => _after?.Json;

    /// <summary>What became of the message at which place, without its content.</summary>
    public override string ToString() => $"message {AfterIndex ?? BeforeIndex} {Kind}";
}
