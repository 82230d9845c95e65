using System.Globalization;

namespace Holdfast;

/// <summary>The differences of two texts, line by line, as <c>diff -u</c> shows them.</summary>
internal static class UnifiedText
{
    private const int Context = 3;

    public static IReadOnlyList<string> Of(string before, string after)
    {
        var (left, right) = (Split(before), Split(after));
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var edits = EditScript.Of(Number(left, numbers), Number(right, numbers));
        var lines = new List<string>();
        for (var i = 0; i < edits.Count;)
        {
            // Stretches whose surroundings touch are shown as one.
            var last = i;
            while (last + 1 < edits.Count && edits[last + 1].Before - End(edits[last]) <= 2 * Context)
            {
                last++;
            }

            Write(edits.GetRange(i, last - i + 1), left, right, lines);
            i = last + 1;
        }

        return lines;
    }

    private static void Write(List<Edit> edits, string[] left, string[] right, List<string> lines)
    {
        var start = Math.Max(edits[0].Before - Context, 0);
        var end = Math.Min(End(edits[^1]) + Context, left.Length);
        var shift = edits[0].After - edits[0].Before;
        var added = edits.Sum(edit => edit.Added - edit.Removed);
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"@@ -{start + 1},{end - start} +{start + shift + 1},{end - start + added} @@"));
        var next = start;
        foreach (var edit in edits)
        {
            lines.AddRange(left[next..edit.Before].Select(line => " " + line));
            lines.AddRange(left[edit.Before..End(edit)].Select(line => "-" + line));
            lines.AddRange(right[edit.After..(edit.After + edit.Added)].Select(line => "+" + line));
            next = End(edit);
        }

        lines.AddRange(left[next..end].Select(line => " " + line));
    }

    private static int End(Edit edit) => edit.Before + edit.Removed;

    private static string[] Split(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');

    private static int[] Number(string[] lines, Dictionary<string, int> numbers)
        => [.. lines.Select(line => numbers.TryGetValue(line, out var number) ? number : numbers[line] = numbers.Count)];
}
