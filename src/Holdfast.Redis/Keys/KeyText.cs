using System.Text;

namespace Holdfast.Redis.Keys;

/// <summary>Tenants and ids as parts of the names of keys: themselves, but for the few characters that mean something there.</summary>
internal static class KeyText
{
    /// <summary>The braces would end the part of a name by which a cluster places the key.</summary>
    private const string MeaningInId = "%{}";

    private const string MeaningInTenant = "%{}:/";

    public static string EscapeTenant(string tenant) => Escape(tenant, MeaningInTenant);

    /// <summary>The key of a thread that is no trunk as text: <c>tenant:id</c> for one of the space of threads, else <c>space/tenant:id</c>.</summary>
    public static string WriteName(ThreadKey key)
        => $"{(key.Space == ThreadSpace.Threads ? "" : key.Space.ToName() + "/")}{EscapeTenant(key.Tenant)}:{Escape(key.Id.Value, MeaningInId)}";

    /// <summary>Reads what <see cref="WriteName"/> wrote; null for what it never writes.</summary>
    /// <exception cref="InvalidIdentifierException">No thread can have this key.</exception>
    public static ThreadKey? ReadName(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var slash = colon < 0 ? -1 : text.IndexOf('/', 0, colon);
        var space = ThreadSpace.Threads;
        return colon >= 0 && (slash < 0 || ThreadSpaceNames.TryParse(text[..slash], out space))
            && Unescape(text[(slash + 1)..colon]) is { } tenant && Unescape(text[(colon + 1)..]) is { } id
                ? ThreadKey.Of(space, tenant, id)
                : null;
    }

    private static string? Unescape(string text)
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
            var meant = code switch { "25" => '%', "7B" => '{', "7D" => '}', "3A" => ':', "2F" => '/', _ => '\0' };
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
