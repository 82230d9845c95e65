using System.Globalization;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>The conversation of a thread, as a session sees it: what is visible of it, and what the session adds.</summary>
/// <remarks>
/// Lazy: opening a thread does not read its messages, and each method reads only what it needs. Every message that is returned is a new object;
/// changing it changes nothing that is stored.
/// </remarks>
public sealed class MessageHistory : IAsyncEnumerable<ChatMessage>
{
    // A result whose call is nowhere near is an orphan: to look for it further back is of no use.
    private const int FarthestPair = 256;

    private readonly ThreadSession _session;

    internal MessageHistory(ThreadSession session) => _session = session;

    /// <summary>How many messages are visible, with those that the session adds.</summary>
    /// <remarks>Known without reading. After <see cref="KeepLast"/>, and before the commit, it may be too high by the messages of one tool call.</remarks>
    public long Count => _session.Uncommitted.Aggregate(
        _session.State.MessageCount,
        (count, changes) => changes.History?.Count(count, changes.Messages.Count) ?? count + changes.Messages.Count);

    /// <summary>Adds a message at the end.</summary>
    /// <exception cref="InvalidStateValueException">Part of the message cannot be JSON; the error names which.</exception>
    public void Add(ChatMessage message)
    {
        var messages = _session.Pending.Messages;
        messages.Add(MessageCodec.Write(message, $"messages[{messages.Count}]"));
    }

    /// <summary>Adds a message of text at the end.</summary>
    public void Add(ChatRole role, string text) => Add(new ChatMessage(role, text) { CreatedAt = _session.Options.TimeProvider.GetUtcNow() });

    /// <summary>Adds messages at the end: all of them, or none if one cannot be stored.</summary>
    /// <exception cref="InvalidStateValueException">Part of a message cannot be JSON; the error names which.</exception>
    public void AddRange(IEnumerable<ChatMessage> messages)
    {
        var first = _session.Pending.Messages.Count;
        _session.Pending.Messages.AddRange(messages.Select((message, i) => MessageCodec.Write(message, $"messages[{first + i}]")).ToList());
    }

    /// <summary>Reads the last messages, oldest first.</summary>
    /// <param name="count">How many; at least 0. Some more are returned where the first would be a tool's result without its call.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async ValueTask<IReadOnlyList<ChatMessage>> LastAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var messages = new List<StoredMessage>();
        var pairs = new MessagePairs();
        if (count > 0)
        {
            await foreach (var (_, _, _, message) in _session.BackwardAsync(null, cancellationToken).ConfigureAwait(false))
            {
                messages.Add(message);
                pairs.Add(message);
                if (messages.Count >= count && (pairs.IsWhole || messages.Count >= count + FarthestPair))
                {
                    break;
                }
            }
        }

        if (!pairs.IsWhole && messages.Count > count)
        {
            messages.RemoveRange(count, messages.Count - count);
        }

        messages.Reverse();
        return messages.ConvertAll(message => message.ToChatMessage());
    }

    /// <summary>Reads a page, from the end of the conversation towards its beginning.</summary>
    /// <param name="size">How many messages the page has at most: 1 to 10,000.</param>
    /// <param name="before">The <see cref="MessagePage.Older"/> of the page before; null for the newest messages.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ArgumentException"><paramref name="before"/> did not come from a page of this conversation.</exception>
    public async ValueTask<MessagePage> PageAsync(int size, string? before = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 10_000);
        var found = new List<LocatedMessage>();
        await foreach (var message in _session.BackwardAsync(ParseCursor(before), cancellationToken).ConfigureAwait(false))
        {
            if (found.Count == size)
            {
                break;
            }

            found.Add(message);
        }

        var isFull = found.Count == size;
        found.Reverse();
        return new([.. found.Select(message => message.Message.ToChatMessage())], isFull ? Cursor(found[0]) : null);
    }

    /// <summary>Keeps only the last messages visible, once the session is committed. Earlier versions still have the others.</summary>
    /// <param name="count">How many at most; at least 1. Where the cut would part a tool call from its results, fewer stay, but never less than the last exchange.</param>
    public void KeepLast(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _session.KeepLast(count);
    }

    /// <summary>Hides every message, once the session is committed. Earlier versions still have them.</summary>
    public void Clear() => _session.ClearHistory();

    /// <summary>Reads every visible message, oldest first, a few at a time.</summary>
    public async IAsyncEnumerator<ChatMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (var message in _session.ForwardAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return message.ToChatMessage();
        }
    }

    private static string Cursor(LocatedMessage message)
        => string.Create(CultureInfo.InvariantCulture, $"{message.Range}.{message.Version}.{message.Index}");

    private LocatedMessage? ParseCursor(string? cursor)
    {
        if (cursor is null)
        {
            return null;
        }

        var parts = cursor.Split('.');
        return parts.Length == 3 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var range) && range < _session.State.History.Ranges.Count
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var version) && int.TryParse(parts[2], CultureInfo.InvariantCulture, out var index)
            ? new(range, version, index, null!)
            : throw new ArgumentException("The cursor did not come from a page of this conversation.", nameof(cursor));
    }
}
