namespace Holdfast;

/// <summary>What stands for what a redaction took out of a text.</summary>
internal static class RedactionMark
{
    /// <summary>The mark.</summary>
    public const string Text = "[redacted]";

    /// <summary>Whether a text can be what it was before something was taken out of it.</summary>
    public static bool CanHaveBeen(string redacted, string text)
    {
        var parts = redacted.Split(Text);
        if (parts.Length == 1)
        {
            return redacted == text;
        }

        var left = text.AsSpan();
        for (var i = 0; i < parts.Length - 1; i++)
        {
            var at = i == 0 ? (left.StartsWith(parts[0], StringComparison.Ordinal) ? 0 : -1) : left.IndexOf(parts[i], StringComparison.Ordinal);
            if (at < 0)
            {
                return false;
            }

            left = left[(at + parts[i].Length)..];
        }

        return left.EndsWith(parts[^1], StringComparison.Ordinal);
    }
}
