namespace Holdfast;

/// <summary>A run of versions whose messages are visible.</summary>
/// <param name="From">The first version.</param>
/// <param name="To">The last version; null when everything that is appended later is visible too.</param>
/// <param name="Skip">How many messages at the beginning of <paramref name="From"/> are not visible.</param>
/// <param name="Take">How many messages of <paramref name="To"/>, from its beginning, are visible; null for all. Counted before <paramref name="Skip"/>.</param>
internal readonly record struct HistoryRange(long From, long? To, int Skip = 0, int? Take = null)
{
    /// <summary>What is left of the range without a message: up to two ranges.</summary>
    public IEnumerable<HistoryRange> Without(long version, int index)
    {
        if (!Contains(version) || (version == From && index < Skip) || (version == To && index >= Take))
        {
            return [this];
        }

        HistoryRange[] before = version == From && index == Skip ? [] : [index == 0 ? this with { To = version - 1, Take = null } : this with { To = version, Take = index }];
        HistoryRange[] after = version == To && index + 1 >= Take ? [] : [this with { From = version, Skip = index + 1 }];
        return [.. before, .. after];
    }

    /// <summary>Whether the message at a place of a version is one of those that are visible.</summary>
    public bool Shows(long version, int index) => Contains(version) && (version != From || index >= Skip) && (version != To || Take is not { } take || index < take);

    public bool Contains(long version) => version >= From && (To is null || version <= To);

    /// <summary>Which of the <paramref name="count"/> messages of <paramref name="version"/> are visible.</summary>
    public Range Of(long version, int count)
    {
        var end = version == To && Take is { } take ? Math.Min(take, count) : count;
        var start = version == From ? Math.Min(Skip, end) : 0;
        return start..end;
    }
}
