using System.Buffers;

namespace Holdfast.Logs;

/// <summary>The lines of a file from its end to its beginning, read in chunks that grow.</summary>
internal sealed class BackwardLines : IDisposable
{
    private const int FirstChunk = 32 * 1024;
    private const int LargestChunk = 8 * 1024 * 1024;

    private readonly FileSource _source;
    private readonly bool _keep;
    private byte[] _buffer = [];
    private long _start;
    private long _end;
    private long _cursor;
    private int _chunk = FirstChunk;

    /// <summary>Reads the lines that end at <paramref name="end"/> or before.</summary>
    /// <param name="source">The file.</param>
    /// <param name="end">Where to begin; bytes of a line that is not whole there are left out.</param>
    /// <param name="keep">Whether lines that were returned stay in memory, so that <see cref="Line"/> finds them.</param>
    public BackwardLines(FileSource source, long end, bool keep)
    {
        _source = source;
        _keep = keep;
        _start = _end = _cursor = end;
        LeaveOutIncompleteLine();
    }

    /// <summary>Where the first line begins that was returned, and the next one ends.</summary>
    public long Position => _cursor;

    /// <summary>Whether the whole beginning of the file is in memory.</summary>
    public bool HasStart => _start == 0;

    /// <summary>The bytes of a line that was returned last, or of any other one if lines are kept.</summary>
    public ReadOnlySpan<byte> Line(long offset, int length) => _buffer.AsSpan(IndexOf(offset), length);

    /// <summary>Goes to the line before.</summary>
    public bool TryPrevious(out long offset, out int length)
    {
        (offset, length) = (0, 0);
        if (_cursor == 0)
        {
            return false;
        }

        var last = LastLineFeed(_cursor - 1);
        while (last < 0 && _start > 0)
        {
            Fill();
            last = LastLineFeed(_cursor - 1);
        }

        offset = last + 1;
        length = checked((int)(_cursor - offset));
        _cursor = offset;
        return true;
    }

    /// <summary>Which version the line that was returned last must have had, by the lines before it. Those are used up.</summary>
    /// <param name="otherwise">The answer if there is no whole entry before it.</param>
    public long VersionBehind(long otherwise)
    {
        while (TryPrevious(out var offset, out var length))
        {
            var line = Line(offset, length);
            if (LineFormat.IsIntact(line) && LineFormat.TryPeekVersion(line, out var before))
            {
                return before + 1;
            }
        }

        return otherwise;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private void LeaveOutIncompleteLine()
    {
        var last = -1L;
        while (last < 0 && _start > 0)
        {
            Fill();
            last = LastLineFeed(_cursor);
            _cursor = last < 0 && !_keep ? _start : _cursor;
        }

        _cursor = last + 1;
    }

    // The offset of the last line feed in memory before `end`; -1 if there is none.
    private long LastLineFeed(long end)
    {
        var held = end <= _start ? -1 : _buffer.AsSpan(IndexOf(_start), (int)(end - _start)).LastIndexOf((byte)'\n');
        return held < 0 ? -1 : _start + held;
    }

    // The bytes in memory are at the end of the buffer, so that there is room for those before them.
    private int IndexOf(long offset) => (int)(_buffer.Length - (_end - offset));

    private void Fill()
    {
        var size = (int)Math.Min(_chunk, _start);
        _chunk = Math.Min(_chunk * 2, LargestChunk);
        var end = _keep ? _end : _cursor;
        var held = checked((int)(end - _start));
        var target = _buffer;
        if (held + (long)size > _buffer.Length)
        {
            target = ArrayPool<byte>.Shared.Rent(checked(held + size));
        }

        if (target != _buffer || end != _end)
        {
            _buffer.AsSpan(_buffer.Length == 0 ? 0 : IndexOf(_start), held).CopyTo(target.AsSpan(target.Length - held));
        }

        if (target != _buffer && _buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        (_buffer, _end) = (target, end);
        _source.Read(_buffer.AsSpan(_buffer.Length - held - size, size), _start - size);
        _start -= size;
    }
}
