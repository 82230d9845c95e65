using System.Globalization;
using System.Text;

namespace Holdfast.Compare.Reporting;

/// <summary>Writes tables in Markdown.</summary>
internal static class Markdown
{
    /// <param name="text">What it is added to.</param>
    /// <param name="title">The heading above it.</param>
    /// <param name="note">What stands between the two; may be empty.</param>
    /// <param name="columns">The heads of the columns after the first, which has none.</param>
    /// <param name="rows">The cells of each row.</param>
    public static void AppendTable(this StringBuilder text, string title, string note, IReadOnlyList<string> columns, IEnumerable<IEnumerable<string>> rows)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"\n### {title}\n");
        if (note.Length > 0)
        {
            text.AppendLine(note + "\n");
        }

        text.AppendLine("| | " + string.Join(" | ", columns) + " |").AppendLine("|---|" + string.Concat(Enumerable.Repeat("---|", columns.Count)));
        foreach (var row in rows)
        {
            text.AppendLine("| " + string.Join(" | ", row) + " |");
        }
    }
}
