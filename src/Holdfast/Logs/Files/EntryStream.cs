namespace Holdfast.Logs;

/// <summary>The entries of a part of a thread, one after the other, from its file.</summary>
/// <param name="root">The directory of the log.</param>
/// <param name="place">Where the thread is.</param>
/// <param name="from">The lowest version.</param>
/// <param name="to">The highest version.</param>
/// <param name="direction">Which one comes first.</param>
/// <param name="life">The life that is wanted; null for whichever is there when the first entry is read.</param>
internal sealed class EntryStream(RootDirectory root, FilePlace place, long from, long to, ReadDirection direction, CommitId? life = null) : IDisposable
{
    private readonly bool _isForward = direction == ReadDirection.Forward;
    private CommitId? _life = life;
    private FileSource? _source;
    private ForwardLines? _forward;
    private BackwardLines? _backward;
    private FileHeader _header;
    private bool _isPastEnd;
    private long _seen;
    private long _returned;
    private Digest? _chain;
    private long _firstDoubtful = -1;
    private int _doubtful;
    private bool _mayBeTorn;

    /// <summary>The next entry; null when there are no more.</summary>
    /// <exception cref="FileDamageException">
    /// The range is damaged; what is whole before it was returned. The next call opens the file again and continues after what was returned.
    /// </exception>
    public LogEntry? Next()
    {
        if (from > to || _returned == (_isForward ? to : from))
        {
            return null;
        }

        try
        {
            if (_source is null && !(Open() && IsLifeWanted()))
            {
                return null;
            }

            var entry = _isForward ? NextForward() : NextBackward();
            while (entry is not null && WasReturned(entry.Version))
            {
                entry = _isForward ? NextForward() : NextBackward();
            }

            _returned = entry?.Version ?? _returned;
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
        (_seen, _chain, _firstDoubtful, _doubtful) = (0, null, -1, 0);
    }

    // Entries of two lives are never mixed: the file that is opened anew after damage may be another one.
    private bool IsLifeWanted()
    {
        if (_header.Length > 0)
        {
            _life ??= _header.Life;
        }

        return _header.Length == 0 || _life == _header.Life;
    }

    // Only after the file was opened anew.
    private bool WasReturned(long version) => _returned != 0 && (_isForward ? version <= _returned : version >= _returned);

    private bool Open()
    {
        _source = root.TryOpen(place.Path, FileAccess.Read);
        if (_source is null)
        {
            return false;
        }

        if (_isForward && !VersionSearch.IsWorthwhile(_source.Length, from))
        {
            OpenFromStart(_source);
            return true;
        }

        _header = FileHeader.Check(_source, place.Key);
        if (_isForward)
        {
            _forward = new(_source, VersionSearch.Near(_source, _header.Length, _source.Length, from), _source.Length);
        }
        else
        {
            var end = to == long.MaxValue ? _source.Length : EndOf(_source, to);
            _backward = new(_source, end, keep: false);
            // Lines at the very end may be torn; those before others may not.
            _isPastEnd = end == _source.Length;
        }

        return true;
    }

    // The header is the first of the lines that are read anyway.
    private void OpenFromStart(FileSource source)
    {
        _forward = new(source, 0, source.Length);
        _header = _forward.TryNext() ? FileHeader.Check(_forward.Line, source.Path, place.Key) : FileHeader.Check(source, place.Key);
        if (_header.Length == 0)
        {
            // Not written far enough to have one. Then nothing may follow either, which is what reading on finds out.
            _forward.Dispose();
            _forward = new(source, 0, source.Length);
        }
    }

    private LogEntry? NextForward()
    {
        while (_forward!.TryNext())
        {
            var isEntry = LineFormat.TryPeekVersion(_forward.Line, out var version);
            if (isEntry && version > to && version == _seen + 1)
            {
                return null;
            }

            if (!LineFormat.IsIntact(_forward.Line))
            {
                if (_header.Length > 0 && _seen + 1 < from)
                {
                    Doubt(_forward);
                    continue;
                }

                var expected = _seen != 0 ? _seen + 1 : _header.Length == 0 ? 0 : VersionAt(_forward.Offset, Math.Max(from, LineFormat.PeekVersion(_forward.Line)));
                var damage = Damage(_forward.Offset, expected);
                return IsRestTorn() ? null : throw damage;
            }

            if (isEntry && version <= from && version > _seen)
            {
                // Damaged lines before this one are of versions that were not asked for.
                (_seen, _firstDoubtful, _doubtful) = (version < from ? version : version - 1, -1, 0);
                if (version < from)
                {
                    continue;
                }
            }
            else if (isEntry && _doubtful > 0)
            {
                throw Damage(_firstDoubtful, Math.Max(from, version - _doubtful));
            }
            else if (isEntry && _seen == 0 && to < _header.FirstVersion)
            {
                return null;
            }

            if (Decode(_forward.Line) is { } entry)
            {
                return entry;
            }
        }

        // Damaged lines at the end follow the last one that was seen, so that it can be told whether one of those that were asked for may be among them.
        return _doubtful == 0 || _mayBeTorn || Math.Max(_seen, _header.FirstVersion - 1) + _doubtful < from ? null : throw Damage(_firstDoubtful, from);
    }

    // A damaged line before the first version that is asked for: what comes after it tells which version it had.
    private void Doubt(ForwardLines lines)
    {
        _mayBeTorn = (_doubtful == 0 || _mayBeTorn) && lines.Line.Contains((byte)0);
        _firstDoubtful = _doubtful == 0 ? lines.Offset : _firstDoubtful;
        // Where a line feed was changed, a line is several.
        _doubtful += LineFormat.CountVersions(lines.Line);
    }

    private LogEntry? NextBackward()
    {
        while (_backward!.Position > _header.Length && _backward.TryPrevious(out var offset, out var length))
        {
            var line = _backward.Line(offset, length);
            if (!LineFormat.IsIntact(line))
            {
                if (_isPastEnd && line.Contains((byte)0))
                {
                    continue;
                }

                throw Damage(offset, _seen != 0 ? _seen - 1 : _backward.VersionBehind(VersionAt(offset, LineFormat.PeekVersion(line))));
            }

            _isPastEnd = false;
            if (Decode(line) is { } entry)
            {
                return entry.Version < from ? null : entry;
            }
        }

        return _seen > Math.Max(from, _header.FirstVersion) ? throw MissingBefore(_seen) : null;
    }

    private LogEntry? Decode(ReadOnlySpan<byte> bytes)
    {
        if (_header.Length == 0)
        {
            throw FileHeader.Missing();
        }

        var line = ThreadLine.Decode(bytes);
        if (!line.IsEntry)
        {
            return null;
        }

        if (_seen != 0 && line.Version != (_isForward ? _seen + 1 : _seen - 1))
        {
            throw new FileDamageException(_isForward ? _seen + 1 : line.Version + 1, $"the entry beside version {_seen} has version {line.Version}");
        }

        if (_seen == 0 && _isForward && line.Version > Math.Max(from, _header.FirstVersion))
        {
            throw MissingBefore(line.Version);
        }

        _seen = line.Version;
        var entry = line.ToEntry(place.Key, bytes);
        _chain = line.Head.Chain ?? (_isForward && _chain is { } before ? ChainHash.Next(before, entry) : null);
        if (_chain is { } chain)
        {
            line.Head.CheckLink(line.Version, chain);
        }

        return entry;
    }

    // Zeros in the last lines are pages that did not reach the disk when the power failed: the lines were never confirmed.
    private bool IsRestTorn()
    {
        do
        {
            if (!_forward!.Line.Contains((byte)0) || LineFormat.IsIntact(_forward.Line))
            {
                return false;
            }
        }
        while (_forward.TryNext());

        return true;
    }

    // Which version a damaged line must have had, by the first whole entry after it.
    private long VersionAt(long offset, long otherwise)
    {
        using var lines = new ForwardLines(_source!, offset, _source!.Length);
        var damaged = 0;
        while (lines.TryNext())
        {
            if (!LineFormat.IsIntact(lines.Line))
            {
                damaged++;
            }
            else if (LineFormat.TryPeekVersion(lines.Line, out var version))
            {
                return version - damaged;
            }
        }

        return otherwise;
    }

    private long EndOf(FileSource source, long version)
    {
        using var lines = new ForwardLines(source, VersionSearch.Near(source, _header.Length, source.Length, version), source.Length);
        while (lines.TryNext())
        {
            if (LineFormat.TryPeekVersion(lines.Line, out var found) && found >= version && LineFormat.IsIntact(lines.Line))
            {
                if (found == version)
                {
                    return lines.Offset + lines.Line.Length;
                }

                // The entry before this one is the one that is wanted, or missing.
                _seen = version >= _header.FirstVersion ? version + 1 : 0;
                return lines.Offset;
            }
        }

        return source.Length;
    }

    private FileDamageException MissingBefore(long version)
        => new(_isForward ? Math.Max(from, _header.FirstVersion) : version - 1, $"the thread begins with version {_header.FirstVersion}, and the lines before version {version} are missing");

    private static FileDamageException Damage(long offset, long version)
        => new(version, $"the line at byte {offset} does not have the checksum that it says it has");
}
