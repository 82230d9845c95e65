using System.Globalization;
using System.Text;

namespace Holdfast;

/// <summary>Texts for debuggers and logs.</summary>
internal static class Describe
{
    /// <summary>How many keys are named before the rest is only counted.</summary>
    private const int MostKeys = 8;

    /// <summary>A section by its name and keys, without values: <c>variables [name, lang]</c>.</summary>
    public static string Keys(string name, IEnumerable<string> keys) => $"{name} {List(keys)}";

    /// <summary>A list in brackets; of a long one, the beginning and how much is left out.</summary>
    public static string List(IEnumerable<string> items)
    {
        var all = items as IReadOnlyCollection<string> ?? [.. items];
        return all.Count <= MostKeys ? $"[{string.Join(", ", all)}]" : $"[{string.Join(", ", all.Take(MostKeys))}, … {all.Count - MostKeys} more]";
    }

    /// <summary>An instant as stored data has it.</summary>
    public static string? Time(DateTimeOffset? time) => time?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Adds a member as records print them; nothing when it is null.</summary>
    public static StringBuilder Member(this StringBuilder text, string name, object? value)
    {
        if (value is null)
        {
            return text;
        }

        var isFirst = text.Length >= 2 && text[^2] == '{' && text[^1] == ' ';
        return text.Append(isFirst ? "" : ", ").Append(name).Append(" = ").Append(CultureInfo.InvariantCulture, $"{value}");
    }
}
