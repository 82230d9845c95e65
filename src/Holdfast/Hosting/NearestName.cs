namespace Holdfast;

/// <summary>Finds what somebody meant who mistyped a name.</summary>
internal static class NearestName
{
    /// <summary>The name that is nearest to a text; null if none is near.</summary>
    public static string? Find(string text, IEnumerable<string> names)
    {
        var typed = Plain(text);
        var nearest = names.Select(name => (Name: name, Distance: Distance(typed, Plain(name)))).MinBy(one => one.Distance);
        return nearest.Name is { } name && nearest.Distance <= Math.Max(1, Math.Min(typed.Length, name.Length) / 3) ? name : null;
    }

    // Case and the marks between words are no mistakes: max_commit_bytes, max-commit-bytes.
    private static string Plain(string text) => text.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();

    // How many letters have to be put in, left out, replaced, or exchanged with their neighbour.
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                rows[i, j] = (i, j) switch
                {
                    (0, _) => j,
                    (_, 0) => i,
                    _ => Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)),
                };
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
