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
        var (result, done) = (new System.Text.StringBuilder(), 0);
        foreach (Match match in _pattern!.Matches(text))
        {
            var (from, to) = WithMarks(text, match.Index, match.Index + match.Length);
            if (match.Length > 0 && from >= done && !IsMarks(text.AsSpan(from, to - from)))
            {
                result.Append(text, done, from - done).Append(Mark);
                done = to;
            }
        }

        return done == 0 ? null : result.Append(text, done, text.Length - done).ToString();
    }

    // A mark is taken as a whole.
    private static (int From, int To) WithMarks(string text, int from, int to)
    {
        var (start, end) = (from, to);
        for (var at = text.IndexOf(Mark, StringComparison.Ordinal); at >= 0 && at < to; at = text.IndexOf(Mark, at + Mark.Length, StringComparison.Ordinal))
        {
            if (at + Mark.Length > from)
            {
                (start, end) = (Math.Min(start, at), Math.Max(end, at + Mark.Length));
            }
        }

        return (start, end);
    }

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
