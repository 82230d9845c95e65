using System.Text;

namespace Holdfast.Postgres.Listing;

/// <summary>The texts that begin with a prefix, as a range in the order of bytes of UTF-8, which is the order of code points.</summary>
internal static class PrefixRange
{
    private const int LastBeforeSurrogates = 0xd7ff, FirstAfterSurrogates = 0xe000, Last = 0x10ffff;

    /// <summary>The first text after all that begin with <paramref name="prefix"/>; null if no text comes after them.</summary>
    public static string? End(string prefix)
    {
        var runes = prefix.EnumerateRunes().ToList();
        while (runes is [.., var last])
        {
            runes.RemoveAt(runes.Count - 1);
            if (last.Value < Last)
            {
                // What is between is no text of its own.
                return string.Concat(runes.Append(new(last.Value == LastBeforeSurrogates ? FirstAfterSurrogates : last.Value + 1)));
            }
        }

        return null;
    }
}
