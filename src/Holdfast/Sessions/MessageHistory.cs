using System.Globalization;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>The conversation of a thread as a session sees it: the visible messages, and those that the session adds.</summary>
/// <remarks>
/// Lazy: opening a thread does not read its messages, and each method reads only what it needs. Every returned message is a new object;
/// changing it does not change what is stored.
/// </remarks>
public sealed class MessageHistory : IAsyncEnumerable<ChatMessage>
{
    /// <summary>The property of <see cref="ChatMessage.AdditionalProperties"/> that marks a summary; its value is true.</summary>
    public const string SummaryProperty = "holdfast.summary";

    private readonly SessionState _session;

    internal MessageHistory(SessionState session) => _session = session;

    /// <summary>How many messages are visible, including those that the session adds.</summary>
    /// <remarks>Known without reading. After <see cref="KeepLast"/>, and before the commit, it may be off by the messages of one tool call.</remarks>
    public long Count => _session.History.Count;

    private Change Pending => _session.Pending;

    /// <summary>Adds a message at the end.</summary>
    /// <exception cref="InvalidStateValueException">Part of the message cannot be JSON; the error names which.</exception>
    public void Add(ChatMessage message) => Pending.Messages.Add(MessageCodec.Write(message, PathOf(Pending.Messages.Count), Pending.Texts));

    /// <summary>Adds a message of text at the end.</summary>
    public void Add(ChatRole role, string text)
        => Pending.Messages.Add(MessageCodec.Write(role, text, _session.Options.TimeProvider.GetUtcNow(), PathOf(Pending.Messages.Count), Pending.Texts));

    /// <summary>Adds messages at the end: all of them, or none if one cannot be stored.</summary>
    /// <exception cref="InvalidStateValueException">Part of a message cannot be JSON; the error names which.</exception>
    public void AddRange(IEnumerable<ChatMessage> messages)
    {
        var first = Pending.Messages.Count;
        Pending.Messages.AddRange(messages.Select((message, i) => MessageCodec.Write(message, PathOf(first + i), Pending.Texts)).ToList());
    }

    /// <summary>Reads the last messages, oldest first.</summary>
    /// <param name="count">How many; at least 0. A few more are returned if the first one would be a tool's result without its call.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async ValueTask<IReadOnlyList<ChatMessage>> LastAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var messages = await LastStoredAsync(count, cancellationToken).ConfigureAwait(false);
        return messages.ConvertAll(message => message.ToChatMessage());
    }

    /// <summary>Reads the last messages in the form that every model provider accepts, oldest first. What is stored is not changed.</summary>
    /// <remarks>
    /// <para>
    /// Each tool call is directly followed by its result. A call that never got one (a crash came between) is answered with a note that says so, a result without its
    /// call is left out, and so are messages without content. Requests for the approval of functions are replaced by the calls that they are about; those that
    /// nobody answered are closed with a note.
    /// </para>
    /// <para>What Holdfast itself notes in <see cref="ChatMessage.AdditionalProperties"/> is left out, and messages that were stored without a time have none, so that equal conversations look equal to a cache.</para>
    /// </remarks>
    /// <param name="options">How many messages, and which approvals stay open; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="ModelViewOptions.Last"/> is out of its range.</exception>
    public async ValueTask<IReadOnlyList<ChatMessage>> ForModelAsync(ModelViewOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        var answering = options.Answers.SelectMany(message => message.Contents).OfType<ToolApprovalResponseContent>()
            .Select(answer => answer.RequestId).ToHashSet(StringComparer.Ordinal);
        var messages = await LastStoredAsync(options.Last, cancellationToken).ConfigureAwait(false);
        return ModelView.Of(ModelView.Without(messages.ConvertAll(MessageCodec.ReadAsWritten), options.WithoutCalls), answering, options.RepeatsCutEnd);
    }

    /// <summary>Adds a message at the end, unless it is among the last messages already.</summary>
    /// <remarks>See <see cref="AddIfNewAsync(IEnumerable{ChatMessage}, int, CancellationToken)"/>.</remarks>
    /// <returns>Whether the message, or a part of it, was added.</returns>
    /// <exception cref="InvalidStateValueException">Part of the message cannot be JSON; the error names which.</exception>
    public async ValueTask<bool> AddIfNewAsync(ChatMessage message, CancellationToken cancellationToken = default)
        => await AddIfNewAsync([message], cancellationToken: cancellationToken).ConfigureAwait(false) > 0;

    /// <summary>Adds, at the end, those messages that are not among the last messages already.</summary>
    /// <remarks>
    /// A message is known by its <see cref="ChatMessage.MessageId"/>; tool calls, their results, requests and answers are known by the ids of the call and of the
    /// request. If only some contents of a message are known, the others are added. Messages without ids are always added. Those that the session itself has added count too.
    /// </remarks>
    /// <param name="messages">The messages.</param>
    /// <param name="among">How many of the last messages are searched: 1 to 10,000.</param>
    /// <param name="cancellationToken">Cancels the reading; then nothing is added.</param>
    /// <returns>How many messages were added, whole or in part.</returns>
    /// <exception cref="InvalidStateValueException">Part of a message cannot be JSON; the error names which, and nothing is added.</exception>
    public async ValueTask<int> AddIfNewAsync(IEnumerable<ChatMessage> messages, int among = 200, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfLessThan(among, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(among, 10_000);
        var known = new KnownMessages(await LastAsync(among, cancellationToken).ConfigureAwait(false));
        var added = new List<ChatMessage>();
        foreach (var message in messages)
        {
            if (known.NewIn(message) is { } found)
            {
                known.Add(found);
                added.Add(found);
            }
        }

        AddRange(added);
        return added.Count;
    }

    private ValueTask<List<StoredMessage>> LastStoredAsync(int count, CancellationToken cancellationToken)
        => LastMessages.OfAsync(_session.History.BackwardAsync(null, cancellationToken), count);

    /// <summary>Reads a page, from the end of the conversation towards its beginning.</summary>
    /// <remarks>Others may go on with the conversation, summarize it or bring it back to an earlier version between two pages: the next page has what is visible then, and was before the last one.</remarks>
    /// <param name="size">The most messages on the page: 1 to 10,000.</param>
    /// <param name="before">The <see cref="MessagePage.Older"/> of the page before; null for the newest messages.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ArgumentException"><paramref name="before"/> did not come from a page of this conversation.</exception>
    public async ValueTask<MessagePage> PageAsync(int size, string? before = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 10_000);
        var found = new List<LocatedMessage>();
        await foreach (var message in _session.History.BackwardAsync(_session.History.Find(ParseCursor(before)), cancellationToken).ConfigureAwait(false))
        {
            found.Add(message);
            if (found.Count > size)
            {
                break;
            }
        }

        var hasOlder = found.Count > size;
        found.RemoveRange(found.Count - (hasOlder ? 1 : 0), hasOlder ? 1 : 0);
        found.Reverse();
        return new([.. found.Select(message => message.Message.ToChatMessage())], hasOlder ? Cursor(found[0]) : null);
    }

    /// <summary>Keeps only the last messages visible, once the session is committed. Earlier versions still have the others.</summary>
    /// <param name="count">The most messages to keep; at least 1. Fewer stay if a tool call would be separated from its results, but never less than the last exchange.</param>
    public void KeepLast(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _session.History.KeepLast(count);
    }

    /// <summary>Replaces messages by a summary, once the session is committed. Earlier versions still have them.</summary>
    /// <inheritdoc cref="SummarizeAsync(Range, ChatMessage, CancellationToken)"/>
    /// <param name="range">Which of the visible messages: <c>..^10</c> for all but the last ten.</param>
    /// <param name="summary">What stands in their place, as a message of the user: what users and tools said gets no more weight by being summarized.</param>
    /// <param name="cancellationToken">Cancels the reading; then nothing is changed.</param>
    public ValueTask<long> SummarizeAsync(Range range, string summary, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(summary);
        return SummarizeAsync(range, new ChatMessage(ChatRole.User, summary), cancellationToken);
    }

    /// <summary>Replaces messages by a summary, once the session is committed. Earlier versions still have them.</summary>
    /// <remarks>
    /// The summary is stored, and stands where the messages stood; a summary of a range that has an earlier summary replaces that one too. Fewer messages are replaced where a tool call
    /// would be parted from its result, or is still open. Messages that the session has added and not committed are never replaced. Others may go on with the conversation meanwhile:
    /// only another change of what is visible conflicts with this one.
    /// </remarks>
    /// <param name="range">Which of the visible messages: <c>..^10</c> for all but the last ten.</param>
    /// <param name="summary">What stands in their place.</param>
    /// <param name="cancellationToken">Cancels the reading; then nothing is changed.</param>
    /// <returns>How many messages it replaces; 0 if there was nothing to replace, and nothing is changed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range goes beyond the conversation.</exception>
    /// <exception cref="InvalidOperationException">The session has changed what is visible already, and was not committed since.</exception>
    /// <exception cref="InvalidStateValueException">Part of the summary cannot be JSON; the error names which.</exception>
    public ValueTask<long> SummarizeAsync(Range range, ChatMessage summary, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var (start, end) = (PositionOf(range.Start), PositionOf(range.End));
        return start <= end
            ? SummarizeAsync(start, end, [summary], cancellationToken)
            : throw new ArgumentOutOfRangeException(nameof(range), range, $"The range begins after its end; the conversation has {Count:N0} messages.");
    }

    /// <summary>Lets a reducer shorten the conversation, once the session is committed. Earlier versions still have all of it.</summary>
    /// <remarks>
    /// The reducer is given every visible message. What it leaves out between the messages that it keeps at the beginning and at the end is replaced by the new messages that it returns, such as
    /// a summary; see <see cref="SummarizeAsync(Range, ChatMessage, CancellationToken)"/>. Where it leaves out single messages among those that it keeps, these stay: the conversation is cut in one place only.
    /// </remarks>
    /// <param name="reducer">The reducer.</param>
    /// <param name="cancellationToken">Cancels the reading and the reducer; then nothing is changed.</param>
    /// <returns>How many messages are replaced; 0 if nothing is changed.</returns>
    /// <exception cref="InvalidOperationException">The session has changed what is visible already, and was not committed since.</exception>
    public async ValueTask<long> ReduceAsync(IChatReducer reducer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reducer);
        var all = new List<ChatMessage>();
        await foreach (var message in this.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            all.Add(message);
        }

        List<ChatMessage> reduced = [.. await reducer.ReduceAsync([.. all], cancellationToken).ConfigureAwait(false)];
        var kept = all.Zip(reduced).TakeWhile(pair => ReferenceEquals(pair.First, pair.Second)).Count();
        var places = all.Index().ToDictionary(pair => pair.Item, pair => pair.Index, ReferenceEqualityComparer.Instance as IEqualityComparer<ChatMessage>);
        var rest = reduced[kept..];
        var end = rest.Where(places.ContainsKey).Select(message => places[message]).DefaultIfEmpty(all.Count).Min();
        return await SummarizeAsync(kept, end, [.. rest.Where(message => !places.ContainsKey(message))], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hides every message, once the session is committed. Earlier versions still have them.</summary>
    public void Clear() => _session.History.Clear();

    /// <summary>Reads every visible message, oldest first, a few at a time.</summary>
    public async IAsyncEnumerator<ChatMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (var message in _session.History.ForwardAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return message.ToChatMessage();
        }
    }

    private ValueTask<long> SummarizeAsync(long start, long end, IReadOnlyList<ChatMessage> summary, CancellationToken cancellationToken)
        => _session.History.SummarizeAsync(start, end, [.. summary.Select((message, i) => MessageCodec.Write(Marked(message), PathOf(i), Pending.Texts))], cancellationToken);

    private static ChatMessage Marked(ChatMessage summary)
    {
        var marked = summary.Clone();
        marked.AdditionalProperties = new(marked.AdditionalProperties ?? []) { [SummaryProperty] = true };
        return marked;
    }

    private long PositionOf(Index index)
    {
        var position = index.IsFromEnd ? Count - index.Value : index.Value;
        return position >= 0 && position <= Count
            ? position
            : throw new ArgumentOutOfRangeException(nameof(index), index, $"The conversation has {Count:N0} messages.");
    }

    private static ValuePath PathOf(int index) => new("messages", Index: index);

    private static string Cursor(LocatedMessage message)
        => string.Create(CultureInfo.InvariantCulture, $"{message.Range}.{message.Version}.{message.Index}");

    private LocatedMessage? ParseCursor(string? cursor)
    {
        if (cursor is null)
        {
            return null;
        }

        var parts = cursor.Split('.');
        return parts.Length == 3 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var range)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? new(range, version, index, null!)
            : throw new ArgumentException("The cursor did not come from a page of this conversation.", nameof(cursor));
    }
}
