using System.Globalization;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>What the head of a thread says of its versions in an archive.</summary>
/// <param name="First">The lowest version there.</param>
/// <param name="Place">Where that is, for people.</param>
internal readonly record struct ArchivedPart(long First, string Place)
{
    /// <summary>The part of a thread that is in an archive; null if none is, nor is any being moved there.</summary>
    public static ArchivedPart? Of(ThreadHead head)
    {
        if (head.Properties.Count == 0 || !head.Properties.TryGetValue(HeadProperties.ArchivedTo, out var text))
        {
            return null;
        }

        var end = text.IndexOf(' ', StringComparison.Ordinal);
        return end > 0 && long.TryParse(text.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var first) && first > 0
            ? new(first, text[(end + 1)..])
            : throw new CorruptStateException(head.Key, 0, $"the property '{HeadProperties.ArchivedTo}' of its head is '{text}'.");
    }

    /// <summary>A head as it is of the whole thread: what the log has together with what the archive has.</summary>
    public static ThreadHead Join(ThreadHead head)
        => Of(head) is { } part && part.First < head.FirstVersion ? head with { FirstVersion = part.First, ArchivedBelow = head.FirstVersion } : head;

    /// <summary>The property that says it.</summary>
    public Dictionary<string, string?> Note() => new() { [HeadProperties.ArchivedTo] = $"{First.ToString(CultureInfo.InvariantCulture)} {Place}" };
}
