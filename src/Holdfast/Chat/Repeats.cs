using System.Text;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Recognizes, by what they say, messages that a caller passes once more.</summary>
/// <remarks>
/// A list that has a reply of the thread, with what came before it, is the conversation so far with what is new at its end: what both have in the same order is not new.
/// A list without such a reply says something new, except where it begins with what the thread ends with and what was never answered.
/// </remarks>
internal sealed class Repeats
{
    private readonly IReadOnlyList<ChatMessage> _said;
    private readonly IReadOnlyList<ChatMessage> _stored;
    private readonly string[] _saidTexts;
    private readonly string[] _storedTexts;
    private readonly bool[] _found;
    private readonly int _firstSummary;

    private Repeats(IReadOnlyList<ChatMessage> said, IReadOnlyList<ChatMessage> stored)
    {
        (_said, _stored) = (said, stored);
        _saidTexts = [.. said.Select(TextOf)];
        _storedTexts = [.. stored.Select(TextOf)];
        _found = new bool[said.Count];
        var summary = stored.ToList().FindIndex(IsSummary);
        _firstSummary = summary < 0 ? int.MaxValue : summary;
    }

    /// <summary>Which of the messages are repeats.</summary>
    /// <param name="said">What the caller passes.</param>
    /// <param name="stored">The last messages of the thread.</param>
    /// <param name="isCut">Whether the thread had messages before those.</param>
    public static bool[] Find(IReadOnlyList<ChatMessage> said, IReadOnlyList<ChatMessage> stored, bool isCut)
    {
        var repeats = new Repeats(said, stored);
        if (repeats.FindReply(isCut) is var (last, place, length))
        {
            repeats.MarkBefore(last, place, length, isCut);
            repeats.MarkAfter(last, place);
        }
        else
        {
            repeats.MarkUnanswered();
        }

        return repeats._found;
    }

    // The last reply that both have, with the most that both have directly before it.
    private (int Last, int Place, int Length)? FindReply(bool isCut)
    {
        for (var last = _said.Count - 1; last >= 0; last--)
        {
            if (_said[last].Role != ChatRole.Assistant)
            {
                continue;
            }

            var (place, longest) = (-1, 0);
            for (var i = _stored.Count - 1; i >= 0; i--)
            {
                var length = 0;
                while (length <= last && length <= i && IsSame(last - length, i - length))
                {
                    length++;
                }

                (place, longest) = length > longest ? (i, length) : (place, longest);
            }

            // One equal reply between other messages is chance: many replies are "OK".
            if (longest > 1 || (longest == 1 && (last == 0 || (place == 0 ? isCut : IsSummary(_stored[place - 1])))))
            {
                return (last, place, longest);
            }
        }

        return null;
    }

    private void MarkBefore(int last, int place, int length, bool isCut)
    {
        Array.Fill(_found, true, last - length + 1, length);
        var next = place - length;
        for (var i = last - length; i >= 0; i--)
        {
            var match = next;
            while (match >= 0 && !IsSame(i, match))
            {
                match--;
            }

            if (match >= 0)
            {
                (_found[i], next) = (true, match - 1);
            }
            else if ((next < 0 && isCut) || next >= _firstSummary)
            {
                // Older than what is known of the thread, or one of those that a summary stands for.
                _found[i] = true;
            }
        }
    }

    // What was said after the last reply, and is there too. All of it once more, after it was answered, is a new turn.
    private void MarkAfter(int last, int place)
    {
        var length = 0;
        while (last + 1 + length < _said.Count && place + 1 + length < _stored.Count && IsSame(last + 1 + length, place + 1 + length))
        {
            length++;
        }

        if (last + 1 + length < _said.Count || IsUnansweredFrom(place + 1 + length))
        {
            Array.Fill(_found, true, last + 1, length);
        }
    }

    private void MarkUnanswered()
    {
        var end = _stored.Count;
        while (end > 0 && IsOfCalls(_stored[end - 1]))
        {
            end--;
        }

        var open = 0;
        while (open < end && _stored[end - open - 1].Role == ChatRole.User)
        {
            open++;
        }

        for (var length = Math.Min(open, _said.Count); length > 0; length--)
        {
            if (Enumerable.Range(0, length).All(i => IsSame(i, end - length + i)))
            {
                Array.Fill(_found, true, 0, length);
                return;
            }
        }
    }

    private static bool IsSummary(ChatMessage message) => message.AdditionalProperties?.ContainsKey(MessageHistory.SummaryProperty) is true;

    // Calls of functions and their results are on the way to an answer; text and questions are one.
    private bool IsUnansweredFrom(int place) => _stored.Skip(place).All(IsOfCalls);

    private static bool IsOfCalls(ChatMessage message)
        => message.Role != ChatRole.User
            && message.Contents.Any(content => content is ToolCallContent or ToolResultContent)
            && !message.Contents.Any(content => content is InputRequestContent or TextContent { Text.Length: > 0 });

    private bool IsSame(int said, int stored)
    {
        var (mine, theirs) = (_said[said], _stored[stored]);
        if (mine.Role != theirs.Role)
        {
            return false;
        }

        // Users' messages that differ in their ids are different on purpose; a reply may have got another id on its way.
        return mine.MessageId is { } id && theirs.MessageId is { } other && (id == other || mine.Role == ChatRole.User)
            ? id == other && (mine.Role == ChatRole.User || _saidTexts[said] == _storedTexts[stored])
            : _saidTexts[said] == _storedTexts[stored];
    }

    // What a message says, without what applications leave out or change when they keep it: reasoning, usage, blanks at the ends.
    private static string TextOf(ChatMessage message)
    {
        var text = new StringBuilder();
        foreach (var content in message.Contents)
        {
            switch (content)
            {
                case TextContent part: text.Append(part.Text); break;
                case ToolCallContent or ToolResultContent or InputRequestContent or InputResponseContent:
                    text.Append('\u001e').Append(MessagePairs.AskedId(content) ?? MessagePairs.AnsweredId(content));
                    break;
                case DataContent data: text.Append('\u001e').Append(data.Uri); break;
                case UriContent link: text.Append('\u001e').Append(link.Uri); break;
                case HostedFileContent file: text.Append('\u001e').Append(file.FileId); break;
            }
        }

        return text.ToString().Trim();
    }
}
