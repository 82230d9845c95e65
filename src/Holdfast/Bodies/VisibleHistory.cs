using System.Text.Json;

namespace Holdfast;

/// <summary>Which messages of a thread are visible: ranges of versions, in the order in which they are read. Immutable.</summary>
internal sealed class VisibleHistory(params HistoryRange[] ranges)
{
    /// <summary>Everything that was ever appended.</summary>
    public static readonly VisibleHistory All = new(new HistoryRange(1, null));

    /// <summary>Nothing.</summary>
    public static readonly VisibleHistory None = new();

    public IReadOnlyList<HistoryRange> Ranges => ranges;

    /// <summary>What is visible when only what is appended from <paramref name="version"/> on shall be, without its first messages.</summary>
    public static VisibleHistory From(long version, int skip) => new(new HistoryRange(version, null, skip));

    /// <summary>The same messages without those before a place in one of the ranges.</summary>
    public VisibleHistory StartingAt(int range, long version, int skip)
        => new([ranges[range] with { From = version, Skip = skip }, .. ranges[(range + 1)..]]);

    /// <summary>The same messages without those after a place in one of the ranges, and without what is appended later.</summary>
    public VisibleHistory EndingAt(int range, long version, int take)
        => new([.. ranges[..range], ranges[range] with { To = version, Take = take }]);

    /// <summary>The same messages as of a version, without what is appended later.</summary>
    public VisibleHistory EndingAt(long version) => ranges is [.., { To: null } last] ? new([.. ranges[..^1], last with { To = version }]) : this;

    /// <summary>Whether the two differ at most in the version at which they end: then one shows what the other does, and as many messages are the same ones.</summary>
    public bool IsSameUpToItsEnd(VisibleHistory other)
        => (ranges, other.Ranges) is ([.., { Take: null } end], [.., { Take: null } otherEnd])
            && end with { To = null } == otherEnd with { To = null }
            && ranges.SkipLast(1).SequenceEqual(other.Ranges.SkipLast(1));

    /// <summary>Two histories, none of them open at its end, without the messages that both begin with.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    /// <param name="common">The last version up to which both threads have the same commits.</param>
    public static (VisibleHistory Left, VisibleHistory Right) WithoutShared(VisibleHistory left, VisibleHistory right, long common)
    {
        var (mine, theirs) = (left.CutAfter(common), right.CutAfter(common));
        var shared = 0;
        while (shared < mine.Count && shared < theirs.Count && mine[shared] == theirs[shared] && mine[shared].To <= common)
        {
            shared++;
        }

        List<HistoryRange> restOfMine = [.. mine.Skip(shared)], restOfTheirs = [.. theirs.Skip(shared)];
        if (restOfMine is [{ } one, ..] && restOfTheirs is [{ } other, ..] && (one.From, one.Skip) == (other.From, other.Skip) && one.To <= common && other.To <= common)
        {
            // Both begin in the same place; what one has beyond the end of the other is left of it.
            var (end, isMine) = End(one).CompareTo(End(other)) <= 0 ? (End(one), true) : (End(other), false);
            Cut(isMine ? restOfMine : restOfTheirs, null);
            Cut(isMine ? restOfTheirs : restOfMine, end);
        }

        return (new([.. restOfMine]), new([.. restOfTheirs]));

        static (long Version, int Take) End(HistoryRange range) => (range.To!.Value, range.Take ?? int.MaxValue);

        static void Cut(List<HistoryRange> ranges, (long Version, int Take)? end)
        {
            var range = ranges[0];
            ranges.RemoveAt(0);
            if (end is { } cut && End(range) != cut)
            {
                ranges.Insert(0, cut.Take == int.MaxValue ? range with { From = cut.Version + 1, Skip = 0 } : range with { From = cut.Version, Skip = cut.Take });
            }
        }
    }

    // The same messages; no range goes beyond the version and has it too.
    private List<HistoryRange> CutAfter(long version)
        => [.. ranges.SelectMany<HistoryRange, HistoryRange>(range => range.From <= version && range.To > version
            ? [range with { To = version, Take = null }, range with { From = version + 1, Skip = 0 }]
            : [range])];

    /// <summary>The same messages and everything from <paramref name="next"/> on.</summary>
    public VisibleHistory OpenFrom(long next)
        => ranges is [.., { To: null }] ? this : new([.. ranges, new HistoryRange(next, null)]);

    /// <summary>
    /// The same messages with the first <paramref name="count"/> ones of <paramref name="version"/>, which is newer than all of them, in the place of a run; and everything that is appended from there on.
    /// </summary>
    public VisibleHistory Replacing(MessagePlace first, MessagePlace last, long version, int count)
    {
        var (start, end) = (ranges[first.Range], ranges[last.Range]);
        var isFromStart = first.Version == start.From && first.Index <= start.Skip;
        List<HistoryRange> shown = [.. ranges[..first.Range]];
        if (!isFromStart)
        {
            shown.Add(start with { To = first.Version, Take = first.Index });
        }

        if (count > 0)
        {
            shown.Add(new(version, version, 0, count));
        }

        HistoryRange[] after = [end with { From = last.Version, Skip = last.Index + 1 }, .. ranges[(last.Range + 1)..]];
        after[^1] = after[^1] is { To: null } open ? open with { To = version - 1 } : after[^1];
        return new([.. shown, .. after.Where(range => range.From <= range.To), new(version, null, count)]);
    }

    /// <summary>The same messages without those at some places.</summary>
    public VisibleHistory Without(IEnumerable<(long Version, int Index)> places)
        => new([.. places.Aggregate<(long Version, int Index), IEnumerable<HistoryRange>>(ranges, (left, place) => left.SelectMany(range => range.Without(place.Version, place.Index)))]);

    /// <summary>Where a place of an earlier or later picture of the conversation is in this one. If its message is not visible any more, it is the place after what is before it, and after the summary that may stand for it.</summary>
    public MessagePlace Find(MessagePlace place)
    {
        if (ranges.Length == 0 || (place.Range < ranges.Length && ranges[place.Range].Shows(place.Version, place.Index)))
        {
            return place;
        }

        var range = Array.FindIndex(ranges, range => range.Shows(place.Version, place.Index));
        if (range >= 0)
        {
            return place with { Range = range };
        }

        var before = Array.FindLastIndex(ranges, range => (range.From, range.Skip).CompareTo((place.Version, place.Index)) <= 0);
        var summary = before;
        while (summary + 1 < ranges.Length - 1 && ranges[(summary + 2)..].Any(later => later.From <= ranges[summary + 1].From))
        {
            // Only a summary is newer than what is after it.
            summary++;
        }

        return summary > before ? new(summary, long.MaxValue, int.MaxValue) : place with { Range = Math.Max(before, 0) };
    }

    /// <summary>Whether the message at a place of a version is visible.</summary>
    public bool Shows(long version, int index) => ranges.Any(range => range.Shows(version, index));

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        foreach (var range in ranges)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(range.From);
            WriteNullable(writer, range.To);
            if (range.Skip > 0 || range.Take is not null)
            {
                writer.WriteNumberValue(range.Skip);
            }

            if (range.Take is { } take)
            {
                writer.WriteNumberValue(take);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    public static VisibleHistory Read(ref Utf8JsonReader reader)
    {
        var ranges = new List<HistoryRange>();
        Expect(reader.TokenType == JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            var numbers = new List<long?>(4);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                numbers.Add(reader.TokenType == JsonTokenType.Null ? null : reader.GetInt64());
            }

            var (skip, take) = (numbers.ElementAtOrDefault(2) ?? 0, numbers.ElementAtOrDefault(3));
            Expect(numbers.Count is >= 2 and <= 4 && numbers[0] is > 0 && skip is >= 0 and <= int.MaxValue && take is null or (>= 0 and <= int.MaxValue));
            ranges.Add(new(numbers[0]!.Value, numbers[1], (int)skip, (int?)take));
        }

        Expect(reader.TokenType == JsonTokenType.EndArray);

        return new([.. ranges]);
    }

    private static void WriteNullable(Utf8JsonWriter writer, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void Expect(bool condition)
    {
        if (!condition)
        {
            throw new JsonException("'history' must be an array of [from, to, skip, take].");
        }
    }
}
