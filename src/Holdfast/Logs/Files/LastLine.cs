namespace Holdfast.Logs;

/// <summary>Tells a last line that a crash cut off from one that was confirmed, and has lost its line feed since.</summary>
internal static class LastLine
{
    /// <summary>Throws if what follows the whole lines of a file is a line with its checksum, and with another byte in the place of its line feed: no crash leaves that.</summary>
    /// <param name="source">The file.</param>
    /// <param name="end">Where its whole lines end; null where that has to be found out.</param>
    /// <exception cref="FileDamageException">It is.</exception>
    public static void RefuseIfChanged(FileSource source, long? end)
    {
        var start = end ?? EndOfLines(source);
        var length = source.Length - start;
        if (length <= LineFormat.SealLength || length > Array.MaxLength || !HasSeal(source))
        {
            return;
        }

        using var buffer = new PooledBuffer((int)length);
        var line = buffer.GetSpan((int)length)[..(int)length];
        source.Read(line, start);
        line[^1] = (byte)'\n';
        if (LineFormat.IsIntact(line))
        {
            throw new FileDamageException(LineFormat.PeekVersion(line), $"the line at byte {start} is whole, but the byte after it is no line feed any more");
        }
    }

    private static long EndOfLines(FileSource source)
    {
        using var lines = new BackwardLines(source, source.Length, keep: false);
        return lines.Position;
    }

    private static bool HasSeal(FileSource source)
    {
        Span<byte> seal = stackalloc byte[LineFormat.SealLength];
        source.Read(seal, source.Length - LineFormat.SealLength);
        seal[^1] = (byte)'\n';
        return LineFormat.TryReadSeal(seal, out _);
    }
}
