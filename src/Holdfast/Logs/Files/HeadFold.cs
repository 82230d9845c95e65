namespace Holdfast.Logs;

/// <summary>What of a head follows from an entry and the head before it.</summary>
internal static class HeadFold
{
    /// <summary>The head after <paramref name="entry"/>, as far as it can be derived; without a head before it, only what the entry itself tells.</summary>
    public static ThreadHead Next(ThreadHead? previous, LogEntry entry) => previous is null
        ? new()
        {
            Key = entry.Key,
            Life = entry.CommitId,
            Version = entry.Version,
            KeyframeVersion = entry.IsKeyframe ? entry.Version : 0,
            ChainHash = default,
            MessageCount = entry.MessageCount,
            CreatedAt = entry.At,
            UpdatedAt = entry.At,
        }
        : previous with
        {
            Version = entry.Version,
            ChainHash = ChainHash.Next(previous.ChainHash, entry),
            MessageCount = previous.MessageCount + entry.MessageCount,
            UpdatedAt = entry.At,
        };

    /// <summary>The head after the line of <paramref name="entry"/>.</summary>
    /// <exception cref="FileDamageException">The line is not the one that was written behind the line before it.</exception>
    public static ThreadHead Next(ThreadHead? previous, ThreadLine line, LogEntry entry)
    {
        var head = line.Head.ApplyTo(Next(line.Head.IsWhole ? null : previous, entry));
        line.Head.CheckLink(line.Version, head.ChainHash);
        return head;
    }
}
