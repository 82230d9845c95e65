namespace Holdfast.Logs;

/// <summary>The head of a thread, and its pins, as they follow from the lines of its file.</summary>
/// <param name="header">The first line of the file.</param>
internal sealed class HeadFold(FileHeader header)
{
    /// <summary>The head after the lines so far; null before the first one that tells the whole head.</summary>
    public ThreadHead? Head { get; private set; }

    public IReadOnlyList<Pin> Pins { get; private set; } = [];

    /// <summary>Takes the next line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="entry">Its entry; null if it is a mark of maintenance.</param>
    /// <exception cref="FileDamageException">The line is not the one that was written after the line before it.</exception>
    public void Add(ThreadLine line, LogEntry? entry)
    {
        var before = Head;
        if (entry is not null)
        {
            var whole = line.Head.IsWhole ? null : Head ?? throw new FileDamageException(line.Version, "the lines before are missing");
            var chain = line.Head.Chain ?? ChainHash.Next(whole!.ChainHash, entry);
            line.Head.CheckLink(line.Version, chain);
            (before, Pins) = (Derive(whole, entry, chain, header.Life, header.FirstVersion), whole is null ? [] : Pins);
        }

        if (before is not null)
        {
            var after = line.Head.ApplyTo(Pins);
            var head = line.Head.ApplyTo(before);
            Head = ReferenceEquals(after, Pins) ? head : head with { PinCount = after.Count, LowestPin = after.Count == 0 ? null : after.Min(pin => pin.From) };
            Pins = after;
        }
    }

    /// <summary>What of a head follows from an entry and the head before it; without a head before it, only what the entry itself tells.</summary>
    public static ThreadHead Derive(ThreadHead? previous, LogEntry entry, Digest chain, CommitId life, long firstVersion) => previous is null
        ? new()
        {
            Key = entry.Key,
            Life = life,
            FirstVersion = firstVersion,
            Version = entry.Version,
            KeyframeVersion = entry.IsKeyframe ? entry.Version : 0,
            ChainHash = chain,
            MessageCount = entry.MessageCount,
            CreatedAt = entry.At,
            UpdatedAt = entry.At,
        }
        : previous with
        {
            Version = entry.Version,
            ChainHash = chain,
            MessageCount = previous.MessageCount + entry.MessageCount,
            UpdatedAt = entry.At,
        };
}
