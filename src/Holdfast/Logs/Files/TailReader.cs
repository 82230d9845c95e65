namespace Holdfast.Logs;

/// <summary>Reads the end of a thread's file, back to what is needed and no further.</summary>
internal static class TailReader
{
    /// <summary>Reads the head and the entries from the last keyframe on, or more for the minimum.</summary>
    /// <returns>What was read; null if the file holds no whole entry.</returns>
    /// <exception cref="FileDamageException">The file is damaged.</exception>
    public static FileTail? Read(FileSource source, ThreadKey key, int minimumEntries)
    {
        using var lines = new BackwardLines(source, source.Length, keep: true);
        var headerLength = lines.HasStart && lines.Position > 0
            ? FileHeader.Check(lines.Line(0, checked((int)lines.Position)), source.Path, key)
            : FileHeader.Check(source, key);
        var tail = new Tail(key, minimumEntries);
        while (!tail.IsComplete && lines.Position > headerLength && lines.TryPrevious(out var offset, out var length))
        {
            tail.Add(lines, offset, length);
        }

        return tail.ToResult(headerLength);
    }

    private sealed class Tail(ThreadKey key, int minimumEntries)
    {
        private readonly List<LogEntry> _entries = [];
        private readonly List<(ThreadLine Line, LogEntry? Entry)> _unfolded = [];
        private ThreadHead? _head;
        private FileStamp? _stamp;
        private CommitId _lastCommit;
        private long _from;

        public bool IsComplete => _head is not null && _entries[^1].Version <= _from;

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
                AddEntry(line, bytes);
            }
            else if (_head is null)
            {
                _unfolded.Add((line, null));
            }
        }

        public FileTail? ToResult(int headerLength)
        {
            if (_stamp is not { } stamp)
            {
                return null;
            }

            if (headerLength == 0)
            {
                throw FileHeader.Missing();
            }

            if (_head is null)
            {
                throw new FileDamageException(_entries.Count == 0 ? 0 : _entries[^1].Version, "the lines before are missing");
            }

            var entries = _entries.Where(entry => entry.Version >= _from).Reverse().ToArray();
            return new(_head, _lastCommit, entries, stamp, headerLength);
        }

        private void AddEntry(ThreadLine line, ReadOnlySpan<byte> bytes)
        {
            if (_entries.Count > 0 && _entries[^1].Version != line.Version + 1)
            {
                throw new FileDamageException(line.Version + 1, $"the entry before version {_entries[^1].Version} has version {line.Version}");
            }

            var entry = line.ToEntry(key, bytes);
            _lastCommit = _entries.Count == 0 ? entry.CommitId : _lastCommit;
            _entries.Add(entry);
            if (_head is null)
            {
                _unfolded.Add((line, entry));
                if (line.Head.IsWhole)
                {
                    Fold();
                }
            }
        }

        private void Fold()
        {
            for (var i = _unfolded.Count - 1; i >= 0; i--)
            {
                var (line, entry) = _unfolded[i];
                _head = entry is null ? line.Head.ApplyTo(_head!) : HeadFold.Next(_head, line, entry);
            }

            _from = Math.Min(Math.Max(_head!.KeyframeVersion, 1), _head.Version - minimumEntries + 1);
        }

        // The neighbours know better than the damaged line itself which version it had.
        private long VersionOf(BackwardLines lines, ReadOnlySpan<byte> damaged)
            => _entries.Count > 0 ? _entries[^1].Version - 1 : lines.VersionBehind(LineFormat.PeekVersion(damaged));
    }
}
