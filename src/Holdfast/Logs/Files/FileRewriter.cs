using Microsoft.Win32.SafeHandles;

namespace Holdfast.Logs;

/// <summary>Writes a thread's file anew, with other bodies and without its oldest entries.</summary>
/// <param name="source">The file.</param>
/// <param name="tail">The end of the file.</param>
/// <param name="request">What to change, which was found allowed.</param>
/// <remarks>Nothing of the head is told by the lines that are rewritten, and what maintenance wrote before the newest line that tells the whole head is left out: both may hold what is to go.</remarks>
internal sealed class FileRewriter(FileSource source, FileTail tail, RewriteRequest request)
{
    private const int WriteSize = 256 * 1024;

    private int _replaced;
    private long _seen;

    private ThreadHead After => RewriteRules.HeadAfter(request, tail.Head);

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
        using var lines = new ForwardLines(source, 0, tail.Stamp.Length);
        lines.TryNext();
        _seen = tail.Head.FirstVersion - 1;
        LineWriter.WriteHeader(buffer, FileHeader.Check(lines.Line, source.Path, tail.Head.Key).Key, After.Life, After.FirstVersion);
        var written = 0L;
        while (lines.TryNext())
        {
            WriteLine(buffer, lines);
            if (buffer.Length >= WriteSize)
            {
                written = Flush(handle, buffer, written);
            }
        }

        if (_replaced < request.Replacements.Count || _seen != After.Version)
        {
            throw new FileDamageException(_seen + 1, $"version {After.Version} is the newest; the last one that was met is {_seen}");
        }

        LineWriter.WriteRewriteMark(buffer, now, After.Revision);
        Flush(handle, buffer, written);
    }

    private void WriteLine(PooledBuffer buffer, ForwardLines lines)
    {
        var bytes = lines.Line;
        if (!LineFormat.IsIntact(bytes))
        {
            throw new FileDamageException(LineFormat.PeekVersion(bytes), $"the line at byte {lines.Offset} does not have the checksum that it says it has");
        }

        if (!LineFormat.TryPeekVersion(bytes, out var version))
        {
            if (lines.Offset > tail.HeadStart && !bytes.StartsWith(RewriteMark))
            {
                buffer.Append(bytes);
            }

            return;
        }

        if (version != _seen + 1)
        {
            throw new FileDamageException(_seen + 1, $"the entry after version {_seen} has version {version}");
        }

        _seen = version;
        if (version < request.DropBelow)
        {
            return;
        }

        if (request.Replacements.TryGetValue(version, out var body))
        {
            var line = ThreadLine.Decode(bytes);
            LineWriter.WriteRewritten(buffer, line, line.ToEntry(tail.Head.Key, bytes), body.Span);
            _replaced++;
        }
        else
        {
            buffer.Append(bytes);
        }
    }

    private static long Flush(SafeFileHandle handle, PooledBuffer buffer, long offset)
    {
        FileWrite.At(handle, buffer.Written, offset);
        var end = offset + buffer.Length;
        buffer.Clear();
        return end;
    }
}
