using System.Globalization;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>What a fork does not show any more: versions of a thread that were lost as that was recovered. Others may stand in their place now, under the same life and the same versions.</summary>
internal static class LostPast
{
    private const char Separator = ',';

    /// <summary>What is left of the origins of a fork.</summary>
    /// <param name="head">The fork; null where its head cannot be read.</param>
    /// <param name="origins">What it was made of.</param>
    public static IReadOnlyList<Origin> LeftOf(ThreadHead? head, IReadOnlyList<Origin> origins)
    {
        if (origins.Count == 0 || head?.Properties.GetValueOrDefault(HeadProperties.LostPast) is not { } text)
        {
            return origins;
        }

        var kept = Read(text);
        return [.. origins.Select(origin => kept.TryGetValue(NameOf(origin.Life), out var to) && to < origin.To ? origin with { To = to } : origin).Where(origin => origin.From <= origin.To)];
    }

    /// <summary>What the head of a fork says once more was lost.</summary>
    /// <param name="head">The fork.</param>
    /// <param name="life">The thread that was recovered.</param>
    /// <param name="lastKept">Its last version that is still what it was.</param>
    public static string After(ThreadHead head, CommitId life, long lastKept)
    {
        var kept = Read(head.Properties.GetValueOrDefault(HeadProperties.LostPast) ?? "");
        kept[NameOf(life)] = kept.TryGetValue(NameOf(life), out var before) ? Math.Min(before, lastKept) : lastKept;
        return string.Join(Separator, kept.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}:{pair.Value}")));
    }

    private static SortedDictionary<string, long> Read(string text)
    {
        var kept = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var part in text.Split(Separator))
        {
            if (part.Split(':') is [var life, var version] && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                kept[life] = number;
            }
        }

        return kept;
    }

    private static string NameOf(CommitId life) => life.Value.ToString("N", CultureInfo.InvariantCulture);
}
