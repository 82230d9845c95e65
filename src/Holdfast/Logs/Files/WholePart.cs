namespace Holdfast.Logs;

/// <summary>What can be told of a thread whose file is damaged, from the lines before the damage.</summary>
internal static class WholePart
{
    /// <summary>The state after the last entry before the damage; null if there is none.</summary>
    public static FileState? StateOf(FileSource source, ThreadKey key)
    {
        FileState? state = null;
        using var lines = new ForwardLines(source, 0, source.Length);
        try
        {
            var origin = FileOrigin.Of(source, lines.TryNext() ? lines.Line.Length : 0);
            while (lines.TryNext() && LineFormat.IsIntact(lines.Line))
            {
                state = After(state, lines, key, origin);
            }
        }
        catch (FileDamageException)
        {
            // The part before it is what was asked for.
        }

        return state;
    }

    private static FileState? After(FileState? before, ForwardLines lines, ThreadKey key, FileOrigin origin)
    {
        var line = ThreadLine.Decode(lines.Line);
        LineFormat.TryReadSeal(lines.Line[^LineFormat.SealLength..], out var checksum);
        var stamp = new FileStamp(lines.Offset + lines.Line.Length, checksum);
        if (!line.IsEntry)
        {
            return before is null ? null : before with { Stamp = stamp, Head = line.Head.ApplyTo(before.Head) };
        }

        if (before is null && !line.Head.IsWhole)
        {
            throw new FileDamageException(line.Version, "the lines before are missing");
        }

        var entry = line.ToEntry(key, lines.Line);
        return new(stamp, HeadFold.Next(before?.Head, line, entry), entry.CommitId, origin);
    }
}
