using System.Text.Json;

namespace Holdfast;

/// <summary>Which messages of a thread are visible: ranges of versions, in the order in which they are read. Immutable.</summary>
internal sealed class VisibleHistory(params HistoryRange[] ranges)
{
    /// <summary>Everything that was ever appended.</summary>
    public static readonly VisibleHistory All = new(new HistoryRange(1, null));

    public IReadOnlyList<HistoryRange> Ranges => ranges;

    /// <summary>What is visible when only what is appended from <paramref name="version"/> on shall be.</summary>
    public static VisibleHistory From(long version) => new(new HistoryRange(version, null));

    /// <summary>The same messages without those before a place in one of the ranges, and with everything from <paramref name="next"/> on.</summary>
    public VisibleHistory StartingAt(int range, long version, int skip, long next)
    {
        HistoryRange[] kept = [ranges[range] with { From = version, Skip = skip }, .. ranges[(range + 1)..]];
        return new VisibleHistory(kept).OpenFrom(next);
    }

    /// <summary>The same messages without those after a place in one of the ranges, and with everything from <paramref name="next"/> on.</summary>
    public VisibleHistory EndingAt(int range, long version, int take, long next)
    {
        HistoryRange[] kept = [.. ranges[..range], ranges[range] with { To = version, Take = take }];
        return new VisibleHistory(kept).OpenFrom(next);
    }

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

            Expect(numbers.Count is >= 2 and <= 4 && numbers[0] is > 0);
            ranges.Add(new(numbers[0]!.Value, numbers[1], (int)(numbers.ElementAtOrDefault(2) ?? 0), (int?)numbers.ElementAtOrDefault(3)));
        }

        return new([.. ranges]);
    }

    private VisibleHistory OpenFrom(long next)
        => ranges is [.., { To: null }] ? this : new([.. ranges, new HistoryRange(next, null)]);

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
