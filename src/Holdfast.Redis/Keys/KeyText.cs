using System.Text;

namespace Holdfast.Redis.Keys;

/// <summary>Tenants and ids as parts of the names of keys: themselves, but for the few characters that mean something there.</summary>
internal static class KeyText
{
    /// <summary>The braces would end the part of a name by which a cluster places the key.</summary>
    private const string MeaningInId = "%{}";

    private const string MeaningInTenant = "%{}:";

    public static string EscapeId(string id) => Escape(id, MeaningInId);

    public static string EscapeTenant(string tenant) => Escape(tenant, MeaningInTenant);

    /// <summary>Reads what <see cref="EscapeId"/> or <see cref="EscapeTenant"/> wrote; null for what they never write.</summary>
    public static string? Unescape(string text)
    {
        if (!text.Contains('%'))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                result.Append(text[i]);
                continue;
            }

            var code = i + 2 < text.Length ? text.AsSpan(i + 1, 2) : default;
            var meant = code switch { "25" => '%', "7B" => '{', "7D" => '}', "3A" => ':', _ => '\0' };
            if (meant == '\0')
            {
                return null;
            }

            result.Append(meant);
            i += 2;
        }

        return result.ToString();
    }

    /// <summary>A pattern of SCAN that matches a text and nothing else.</summary>
    public static string EscapePattern(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            result.Append("*?[]^-\\".Contains(c, StringComparison.Ordinal) ? "\\" : "").Append(c);
        }

        return result.ToString();
    }

    private static string Escape(string text, string meaning)
        => text.AsSpan().ContainsAny(meaning)
            ? string.Concat(text.Select(c => meaning.Contains(c, StringComparison.Ordinal) ? $"%{(int)c:X2}" : c.ToString()))
            : text;
}
