using System.Text.RegularExpressions;

namespace Holdfast;

/// <summary>Replaces what a pattern matches. What stands for it is never matched again, so a second run finds nothing.</summary>
internal sealed class RedactedText(string? pattern)
{
    /// <summary>What stands for what is gone.</summary>
    public const string Mark = RedactionMark.Text;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // It comes to an end by itself, but a large text takes its time on a busy machine.
    private static readonly TimeSpan LinearLimit = TimeSpan.FromMinutes(2);

    private readonly Regex? _pattern = pattern is null ? null : Make(pattern);

    /// <exception cref="ArgumentException">The pattern took too long.</exception>
    public string Replace(string text)
    {
        if (_pattern is null)
        {
            return text;
        }

        try
        {
            // Each pass takes characters away that are not those of a mark, so it ends.
            while (Pass(text) is { } shorter)
            {
                text = shorter;
            }

            return text;
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new ArgumentException($"The pattern took longer than {_pattern.MatchTimeout.TotalSeconds:N0} seconds for one text. Use one that does not look around or back, or that repeats less.", e);
        }
    }

    private string? Pass(string text)
    {
        var (result, done, mark) = (new System.Text.StringBuilder(), 0, NextMark(text, 0));
        foreach (Match match in _pattern!.Matches(text))
        {
            // A mark is taken as a whole.
            var (from, to) = (match.Index, match.Index + match.Length);
            while (mark < to)
            {
                if (mark + Mark.Length > match.Index)
                {
                    (from, to) = (Math.Min(from, mark), Math.Max(to, mark + Mark.Length));
                }

                if (mark + Mark.Length > match.Index + match.Length)
                {
                    break;
                }

                mark = NextMark(text, mark + Mark.Length);
            }

            if (match.Length > 0 && from >= done && !IsMarks(text.AsSpan(from, to - from)))
            {
                result.Append(text, done, from - done).Append(Mark);
                done = to;
            }
        }

        return done == 0 ? null : result.Append(text, done, text.Length - done).ToString();
    }

    private static int NextMark(string text, int from) => text.IndexOf(Mark, from, StringComparison.Ordinal) is >= 0 and var at ? at : int.MaxValue;

    private static bool IsMarks(ReadOnlySpan<char> text)
    {
        while (text.StartsWith(Mark))
        {
            text = text[Mark.Length..];
        }

        return text.IsEmpty;
    }

    private static Regex Make(string pattern)
    {
        try
        {
            return new(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, LinearLimit);
        }
        catch (NotSupportedException)
        {
            return new(pattern, RegexOptions.CultureInvariant, Limit);
        }
    }
}
