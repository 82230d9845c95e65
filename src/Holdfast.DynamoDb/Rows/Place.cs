using System.Globalization;

namespace Holdfast.DynamoDb.Rows;

/// <summary>Where the entries and pins of one life of a thread stand, whatever the thread is called by now.</summary>
/// <remarks>
/// They are in the partition that the thread had when it began: entries as <c>e:LIFE:VERSION</c>, pins as <c>p:LIFE:LIFE OF THE OTHER</c>. A thread that becomes a trunk
/// leaves them where they are. Lives begin with their time, so the newest life sorts last, and a query from the end meets the head first and then its newest entries.
/// </remarks>
/// <param name="Partition">The partition.</param>
/// <param name="Life">The life, as 32 hexadecimal digits.</param>
internal readonly record struct Place(string Partition, string Life)
{
    private const string FirstPin = "p:";
    private const string FirstErase = "w:";
    private const int LifeLength = 32;

    /// <summary>With what the sort keys of the entries begin.</summary>
    public string Entries => $"{Keys.FirstEntry}{Life}:";

    /// <summary>With what the sort keys of the pins begin.</summary>
    public string Pins => $"{FirstPin}{Life}:";

    /// <summary>The note that this life was erased, and that what stands here is to be removed.</summary>
    public Item Erase => Keys.Item(Partition, FirstErase + Life);

    public static Place Of(ThreadKey key, CommitId life) => key.TryGetTrunk(out var thread, out var ofThread)
        ? new(Keys.Thread(thread), TextOf(ofThread))
        : new(Keys.Thread(key), TextOf(life));

    /// <summary>The life that an erase note is of; null if it is no such note.</summary>
    public static Place? OfErase(Item note)
        => note.Text(Attr.Partition) is { } partition && note.Text(Attr.Sort) is { } sort && sort.StartsWith(FirstErase, StringComparison.Ordinal)
            ? new(partition, sort[FirstErase.Length..])
            : null;

    /// <summary>The life of an entry or a pin by its sort key; null if it is neither.</summary>
    public static string? LifeIn(string sort)
        => sort.Length > FirstPin.Length + LifeLength
            && (sort.StartsWith(Keys.FirstEntry, StringComparison.Ordinal) || sort.StartsWith(FirstPin, StringComparison.Ordinal))
            && sort[FirstPin.Length + LifeLength] == ':'
            && sort.AsSpan(FirstPin.Length, LifeLength) is var life
            && ParseLife(life) is not null
                ? life.ToString()
                : null;

    public static string TextOf(CommitId life) => life.Value.ToString("N", CultureInfo.InvariantCulture);

    /// <summary>The life with this text; null if it is none.</summary>
    public static CommitId? ParseLife(ReadOnlySpan<char> text)
        => Guid.TryParseExact(text, "N", out var life) && text.SequenceEqual(TextOf(new(life))) ? new(life) : null;

    public string Sort(long version) => string.Create(CultureInfo.InvariantCulture, $"{Entries}{version:D10}");

    public Item Entry(long version) => Keys.Item(Partition, Sort(version));

    public Item Pin(CommitId life) => Keys.Item(Partition, Pins + TextOf(life));

    /// <summary>The version of an entry of this life by its sort key; null if it is none.</summary>
    public long? VersionOf(string sort)
        => sort.StartsWith(Entries, StringComparison.Ordinal) && long.TryParse(sort.AsSpan(Entries.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && Sort(version) == sort
            ? version
            : null;
}
