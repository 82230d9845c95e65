namespace Holdfast.Logs;

/// <summary>Reads the end of a thread's file, back to what is needed and no further.</summary>
internal static class TailReader
{
    /// <summary>Reads the head and the entries that were asked for.</summary>
    /// <param name="source">The file.</param>
    /// <param name="request">Which entries.</param>
    /// <param name="known">The state of the file, where it is known already.</param>
    /// <returns>What was read; null if the file holds no whole entry.</returns>
    /// <exception cref="FileDamageException">The file is damaged.</exception>
    public static FileTail? Read(FileSource source, TailRequest request, FileState? known = null)
    {
        if (known is not null && TailWindow.Start(known.Head, request) > known.Head.Version)
        {
            return new(known.Head, known.Pins, known.LastCommit, [], known.Stamp);
        }

        using var lines = new BackwardLines(source, source.Length, keep: true);
        var header = lines.HasStart && lines.Position > 0
            ? FileHeader.Check(lines.Line(0, checked((int)lines.Position)), source.Path, request.Key)
            : FileHeader.Check(source, request.Key);
        var tail = new Tail(header, request, known);
        while (!tail.IsComplete && lines.Position > header.Length && lines.TryPrevious(out var offset, out var length))
        {
            tail.Add(lines, offset, length);
        }

        return tail.ToResult();
    }

    private sealed class Tail
    {
        private readonly List<LogEntry> _entries = [];
        private readonly List<(ThreadLine Line, LogEntry? Entry)> _unfolded = [];
        private readonly FileHeader _header;
        private readonly TailRequest _request;
        private FileStamp? _stamp;
        private ThreadHead? _head;
        private IReadOnlyList<Pin> _pins = [];
        private CommitId _lastCommit;
        private long _headStart;
        private long _from;

        public Tail(FileHeader header, TailRequest request, FileState? known)
        {
            (_header, _request) = (header, request);
            if (known is not null)
            {
                SetHead(known.Head, known.Pins, 0);
            }
        }

        public bool IsComplete => _head is not null && _entries.Count > 0 && _entries[^1].Version <= _from;

        /// <summary>Takes the line before those taken so far.</summary>
        public void Add(BackwardLines lines, long offset, int length)
        {
            var bytes = lines.Line(offset, length);
            if (!LineFormat.IsIntact(bytes))
            {
                // A last line with zeros is one whose pages did not all reach the disk when the power failed: it was never confirmed.
                if (_stamp is null && bytes.Contains((byte)0))
                {
                    return;
                }

                throw new FileDamageException(VersionOf(lines, bytes), $"the line at byte {offset} does not have the checksum that it says it has");
            }

            var line = ThreadLine.Decode(bytes);
            if (_stamp is null)
            {
                LineFormat.TryReadSeal(bytes[^LineFormat.SealLength..], out var checksum);
                _stamp = new(offset + length, checksum);
            }

            if (line.IsEntry)
            {
                AddEntry(line, bytes, offset);
            }
            else if (_head is null)
            {
                _unfolded.Add((line, null));
            }
        }

        public FileTail? ToResult()
        {
            if (_stamp is not { } stamp)
            {
                return null;
            }

            if (_header.Length == 0)
            {
                throw FileHeader.Missing();
            }

            if (_head is null || _entries.Count == 0 || _entries[^1].Version > _from)
            {
                throw new FileDamageException(_entries.Count == 0 ? 0 : _entries[^1].Version - 1, "the lines before are missing");
            }

            var entries = _entries.Where(entry => entry.Version >= _from).Reverse().ToArray();
            return new(_head, _pins, _lastCommit, entries, stamp) { HeadStart = _headStart };
        }

        private void AddEntry(ThreadLine line, ReadOnlySpan<byte> bytes, long offset)
        {
            if (_entries.Count > 0 && _entries[^1].Version != line.Version + 1)
            {
                throw new FileDamageException(line.Version + 1, $"the entry before version {_entries[^1].Version} has version {line.Version}");
            }

            var entry = line.ToEntry(_request.Key, bytes);
            _lastCommit = _entries.Count == 0 ? entry.CommitId : _lastCommit;
            _entries.Add(entry);
            if (_head is null)
            {
                _unfolded.Add((line, entry));
                if (line.Head.IsWhole)
                {
                    Fold(offset);
                }
            }
        }

        private void Fold(long offset)
        {
            var fold = new HeadFold(_header);
            for (var i = _unfolded.Count - 1; i >= 0; i--)
            {
                fold.Add(_unfolded[i].Line, _unfolded[i].Entry);
            }

            SetHead(fold.Head!, fold.Pins, offset);
        }

        private void SetHead(ThreadHead head, IReadOnlyList<Pin> pins, long start)
        {
            (_head, _pins, _headStart) = (head, pins, start);
            _from = TailWindow.Start(head, _request);
        }

        // The neighbours know better than the damaged line itself which version it had.
        private long VersionOf(BackwardLines lines, ReadOnlySpan<byte> damaged)
            => _entries.Count > 0 ? _entries[^1].Version - 1 : lines.VersionBehind(LineFormat.PeekVersion(damaged));
    }
}
