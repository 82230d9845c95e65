using System.Globalization;

namespace Holdfast.Logs;

/// <summary>Hints as the text of a notification between processes: 16 hexadecimal digits for each thread, or <c>*</c> for any.</summary>
/// <remarks>No text tells the id of a thread: whoever may listen need not be one who may read.</remarks>
public static class HintText
{
    /// <summary>How many threads one text names; with more it names any. 6,800 characters fit everywhere (PostgreSQL takes 8,000 bytes).</summary>
    public const int Most = 400;

    private const string Any = "*";

    /// <summary>Writes hints.</summary>
    public static string Write(IReadOnlyCollection<CommitHint> hints)
    {
        ArgumentNullException.ThrowIfNull(hints);
        return hints.Count > Most || hints.Contains(CommitHint.Any) ? Any : string.Join(' ', hints.Select(hint => hint.Thread.ToString("x16", CultureInfo.InvariantCulture)));
    }

    /// <summary>Reads hints; what is not one means any.</summary>
    public static IReadOnlyList<CommitHint> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var hints = new List<CommitHint>();
        foreach (var part in text.AsSpan().Split(' '))
        {
            if (!long.TryParse(text.AsSpan()[part], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var thread))
            {
                return [CommitHint.Any];
            }

            hints.Add(new(thread));
        }

        return hints;
    }
}
