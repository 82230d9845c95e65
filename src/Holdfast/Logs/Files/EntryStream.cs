namespace Holdfast.Logs;

/// <summary>The entries of a part of a thread, one after the other, from its file.</summary>
internal sealed class EntryStream(FilePlace place, long from, long to, ReadDirection direction, ReadMeter meter) : IDisposable
{
    private readonly bool _isForward = direction == ReadDirection.Forward;
    private long _first = from;
    private long _last = to;
    private FileSource? _source;
    private ForwardLines? _forward;
    private BackwardLines? _backward;
    private int _headerLength;
    private long _seen;
    private long _returned;

    /// <summary>The next entry; null when there are no more.</summary>
    /// <exception cref="FileDamageException">The file is damaged. The next call opens it anew and goes on from there.</exception>
    public LogEntry? Next()
    {
        if (_first > _last)
        {
            return null;
        }

        try
        {
            if (_source is null && !Open())
            {
                return null;
            }

            var entry = _isForward ? NextForward() : NextBackward();
            if (entry is not null)
            {
                _returned = entry.Version;
                (_first, _last) = _isForward ? (entry.Version + 1, _last) : (_first, entry.Version - 1);
            }

            return entry;
        }
        catch (FileDamageException)
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _forward?.Dispose();
        _backward?.Dispose();
        _source?.Dispose();
        (_forward, _backward, _source) = (null, null, null);
        // Going forward, the line before is met again.
        _seen = _isForward ? 0 : _returned;
    }

    private bool Open()
    {
        _source = FileSource.TryOpen(place.Path, FileAccess.Read, meter);
        if (_source is null)
        {
            return false;
        }

        _headerLength = FileHeader.Check(_source, place.Key);
        var end = _headerLength == 0 ? 0 : EndOfWholeLines(_source);
        if (_isForward)
        {
            _forward = new(_source, VersionSearch.Near(_source, _headerLength, end, _first), end);
        }
        else
        {
            _backward = new(_source, _last == long.MaxValue ? end : EndOf(_source, _last, end), keep: false);
        }

        return true;
    }

    private LogEntry? NextForward()
    {
        while (_forward!.TryNext())
        {
            var isEntry = LineFormat.TryPeekVersion(_forward.Line, out var version);
            if (isEntry && version < _first && version > _seen)
            {
                _seen = version;
                continue;
            }

            if (isEntry && version > _last && (_seen == 0 || version == _seen + 1))
            {
                return null;
            }

            if (Decode(_forward.Line, _forward.Offset, _seen + 1) is { } entry)
            {
                return entry;
            }
        }

        return null;
    }

    private LogEntry? NextBackward()
    {
        while (_backward!.Position > _headerLength && _backward.TryPrevious(out var offset, out var length))
        {
            if (Decode(_backward.Line(offset, length), offset, _seen - 1) is { } entry)
            {
                return entry.Version < _first ? null : entry;
            }
        }

        return null;
    }

    private LogEntry? Decode(ReadOnlySpan<byte> bytes, long offset, long expected)
    {
        if (!LineFormat.IsIntact(bytes))
        {
            var version = _seen != 0 ? expected : _isForward ? Math.Max(_first, LineFormat.PeekVersion(bytes)) : _backward!.VersionBehind(LineFormat.PeekVersion(bytes));
            throw new FileDamageException(version, $"the line at byte {offset} does not have the checksum that it says it has");
        }

        var line = ThreadLine.Decode(bytes);
        if (!line.IsEntry)
        {
            return null;
        }

        if (_seen != 0 && line.Version != expected)
        {
            throw new FileDamageException(_isForward ? expected : line.Version + 1, $"the entry beside version {_seen} has version {line.Version}");
        }

        _seen = line.Version;
        return line.ToEntry(place.Key, bytes);
    }

    // Bytes after it are of an append that is going on, or that was cut off by a crash.
    private static long EndOfWholeLines(FileSource source)
    {
        using var lines = new BackwardLines(source, source.Length, keep: false);
        var end = lines.Position;
        while (lines.TryPrevious(out var offset, out var length))
        {
            var line = lines.Line(offset, length);
            if (LineFormat.IsIntact(line) || !line.Contains((byte)0))
            {
                break;
            }

            end = offset;
        }

        return end;
    }

    private long EndOf(FileSource source, long version, long end)
    {
        using var lines = new ForwardLines(source, VersionSearch.Near(source, _headerLength, end, version + 1), end);
        while (lines.TryNext())
        {
            if (LineFormat.TryPeekVersion(lines.Line, out var found) && found > version)
            {
                return lines.Offset;
            }
        }

        return end;
    }
}
