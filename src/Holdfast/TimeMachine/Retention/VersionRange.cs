using System.Globalization;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Versions of a thread without a gap.</summary>
/// <param name="From">The first version.</param>
/// <param name="To">The last version.</param>
public readonly record struct VersionRange(long From, long To)
{
    /// <summary>How many ranges a thread notes as emptied. What is not noted is looked at again by the next run.</summary>
    private const int MostNoted = 256;

    /// <summary>How many versions there are.</summary>
    public long Count => To - From + 1;

    /// <summary>Whether a version is one of them.</summary>
    public bool Contains(long version) => version >= From && version <= To;

    /// <summary>Ranges in their order, those that meet joined.</summary>
    internal static IReadOnlyList<VersionRange> Joined(IEnumerable<VersionRange> ranges)
    {
        var joined = new List<VersionRange>();
        foreach (var range in ranges.OrderBy(range => range.From))
        {
            if (joined is [.., var last] && range.From <= last.To + 1)
            {
                joined[^1] = last with { To = Math.Max(last.To, range.To) };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }

    /// <summary>What is left of ranges without others; both in their order.</summary>
    internal static IReadOnlyList<VersionRange> Without(IReadOnlyList<VersionRange> ranges, IReadOnlyList<VersionRange> others)
    {
        var left = new List<VersionRange>();
        foreach (var range in ranges)
        {
            var from = range.From;
            foreach (var other in others.Where(other => other.To >= range.From && other.From <= range.To))
            {
                Add(from, other.From - 1);
                from = Math.Max(from, other.To + 1);
            }

            Add(from, range.To);
        }

        return left;

        void Add(long from, long to)
        {
            if (from <= to)
            {
                left.Add(new(from, to));
            }
        }
    }

    /// <summary>What a thread notes of the versions that were emptied; in their order.</summary>
    internal static IReadOnlyList<VersionRange> Emptied(ThreadHead head)
    {
        var ranges = new List<VersionRange>();
        foreach (var text in head.Properties.GetValueOrDefault(HeadProperties.Emptied)?.Split(',') ?? [])
        {
            // A note that cannot be read is none: the bodies themselves tell.
            if (text.Split('-') is [var from, var to] && TryParse(from, out var first) && TryParse(to, out var last) && last >= first)
            {
                ranges.Add(new(first, last));
            }
        }

        return Joined(ranges);
    }

    /// <summary>What a thread notes once more versions were emptied.</summary>
    internal static string Note(ThreadHead head, IEnumerable<VersionRange> emptied)
        => string.Join(',', Joined(Emptied(head).Concat(emptied))
            .Where(range => range.To >= head.FirstVersion)
            .OrderByDescending(range => range.Count)
            .Take(MostNoted)
            .Select(range => string.Create(CultureInfo.InvariantCulture, $"{range.From}-{range.To}")));

    private static bool TryParse(string text, out long version) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version);
}
