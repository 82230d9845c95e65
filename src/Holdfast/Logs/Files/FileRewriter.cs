using Microsoft.Win32.SafeHandles;

namespace Holdfast.Logs;

/// <summary>Writes a thread's file anew, with other bodies and without its oldest entries.</summary>
internal sealed class FileRewriter
{
    private const int WriteSize = 256 * 1024;

    private readonly FileSource _source;
    private readonly FileTail _tail;
    private readonly IReadOnlyDictionary<long, ReadOnlyMemory<byte>> _replacements;
    private readonly long _dropBelow;
    private readonly int _headerLength;

    /// <exception cref="ArgumentException">The request breaks the rules of rewriting.</exception>
    public FileRewriter(FileSource source, FileTail tail, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow)
    {
        (_source, _tail, _replacements, _dropBelow) = (source, tail, replacements, dropBelow);
        _headerLength = FileHeader.Check(source, tail.Head.Key);
        var first = FirstVersion();
        RewriteRules.Check(new() { Key = tail.Head.Key, Replacements = replacements, DropBelow = dropBelow }, tail.Head, isKeyframe: true);
        IsNeedless = replacements.Count == 0 && dropBelow <= first;
    }

    /// <summary>Whether the file is as it should be already.</summary>
    public bool IsNeedless { get; }

    private static ReadOnlySpan<byte> RewriteMark => "{\"rewrittenAt\":"u8;

    /// <summary>Writes the new file beside the old one, and brings it to the disk.</summary>
    /// <returns>Its path.</returns>
    public string WriteTemporary(string directory, DateTimeOffset now)
    {
        var path = FileNames.Temporary(directory);
        try
        {
            using var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            Write(handle, now);
            RandomAccess.FlushToDisk(handle);
            return path;
        }
        catch
        {
            TemporaryFiles.TryDelete(path);
            throw;
        }
    }

    private void Write(SafeFileHandle handle, DateTimeOffset now)
    {
        using var buffer = new PooledBuffer(WriteSize + (WriteSize / 4));
        using var lines = new ForwardLines(_source, 0, _tail.Stamp.Length);
        lines.TryNext();
        buffer.Append(lines.Line);
        var written = 0L;
        ThreadHead? dropped = null;
        var isFirst = true;
        while (lines.TryNext())
        {
            if (!LineFormat.IsIntact(lines.Line))
            {
                throw new FileDamageException(LineFormat.PeekVersion(lines.Line), $"the line at byte {lines.Offset} does not have the checksum that it says it has");
            }

            var line = ThreadLine.Decode(lines.Line);
            if (isFirst)
            {
                dropped = WriteFirst(buffer, line, lines.Line, dropped);
                isFirst = !line.IsEntry || line.Version < _dropBelow;
            }
            else
            {
                WriteNext(buffer, line, lines.Line);
            }

            if (buffer.Length >= WriteSize)
            {
                written = Flush(handle, buffer, written);
            }
        }

        LineWriter.WriteRewriteMark(buffer, now);
        Flush(handle, buffer, written);
    }

    // The first entry that stays has nothing before it from which its head could follow, so it must tell all of it.
    private ThreadHead? WriteFirst(PooledBuffer buffer, ThreadLine line, ReadOnlySpan<byte> bytes, ThreadHead? before)
    {
        if (!line.IsEntry)
        {
            return before is null ? null : line.Head.ApplyTo(before);
        }

        var entry = line.ToEntry(_tail.Head.Key, bytes);
        var head = HeadFold.Next(before, line, entry);
        if (line.Version >= _dropBelow)
        {
            if (line.Head.IsWhole)
            {
                WriteNext(buffer, line, bytes);
            }
            else
            {
                LineWriter.WriteEntry(buffer, Replaced(entry), head, previous: null);
            }
        }

        return head;
    }

    private void WriteNext(PooledBuffer buffer, ThreadLine line, ReadOnlySpan<byte> bytes)
    {
        if (line.IsEntry && _replacements.TryGetValue(line.Version, out var body))
        {
            LineWriter.WriteRewritten(buffer, bytes, line, line.ToEntry(_tail.Head.Key, bytes).BodyHash, body.Span);
        }
        else if (line.IsEntry || !bytes.StartsWith(RewriteMark))
        {
            buffer.Append(bytes);
        }
    }

    private LogEntry Replaced(LogEntry entry) => _replacements.TryGetValue(entry.Version, out var body)
        ? RewriteRules.Replace(entry, body)
        : entry;

    private static long Flush(SafeFileHandle handle, PooledBuffer buffer, long offset)
    {
        FileWrite.At(handle, buffer.Written, offset);
        var end = offset + buffer.Length;
        buffer.Clear();
        return end;
    }

    private long FirstVersion()
    {
        using var lines = new ForwardLines(_source, _headerLength, _tail.Stamp.Length);
        while (lines.TryNext())
        {
            if (LineFormat.TryPeekVersion(lines.Line, out var version))
            {
                return version;
            }
        }

        return _tail.Head.Version;
    }
}
