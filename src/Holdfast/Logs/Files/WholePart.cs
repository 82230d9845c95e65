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
            var fold = new HeadFold(FileHeader.Check(source, key));
            lines.TryNext();
            while (lines.TryNext() && LineFormat.IsIntact(lines.Line))
            {
                var line = ThreadLine.Decode(lines.Line);
                var entry = line.IsEntry ? line.ToEntry(key, lines.Line) : null;
                fold.Add(line, entry);
                if (fold.Head is { } head)
                {
                    LineFormat.TryReadSeal(lines.Line[^LineFormat.SealLength..], out var checksum);
                    state = new(new(lines.Offset + lines.Line.Length, checksum), head, entry?.CommitId ?? state!.LastCommit, source.Made) { Pins = fold.Pins };
                }
            }
        }
        catch (FileDamageException)
        {
            // The part before it is what was asked for.
        }

        return state;
    }
}
