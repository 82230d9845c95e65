namespace Holdfast.Logs;

/// <content>Appending.</content>
public sealed partial class FileCommitLog
{
    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        AppendRules.Check(request);
        if (request.Entry.Body.Length > LargestBody)
        {
            throw new StateTooLargeException(
                $"Version {request.Entry.Version} of thread '{request.Entry.Key}' has a body of {request.Entry.Body.Length} bytes; a file log takes {LargestBody}.");
        }

        var place = FilePlace.Of(_root.Path, request.Entry.Key);
        return await WithLockAsync(place, create: true, () => Append(place, request), cancellationToken).ConfigureAwait(false);
    }

    private AppendResult Append(FilePlace place, AppendRequest request)
    {
        using var source = _root.TryOpen(place.Path, FileAccess.ReadWrite);
        if (source is not null)
        {
            _durability.Redo(source);
        }

        var state = Current(source, place);
        var entry = request.Entry;
        if (AppendRules.Decide(request, state?.Head, version => CommitAt(place, state!, version)) is { } refused)
        {
            if (refused.Outcome == AppendOutcome.Duplicate)
            {
                Confirm(place, source!, state!);
            }

            return refused;
        }

        if (state is null && AppendRules.TrunkInTheWay(request) is { } trunk && File.Exists(FilePlace.Of(_root.Path, trunk).Path))
        {
            return AppendResult.Conflict(0);
        }

        using var buffer = new PooledBuffer(entry.Body.Length + 1024);
        var head = StoredHead.After(request, state?.Head);
        if (state is null)
        {
            LineWriter.WriteHeader(buffer, place.Key, head.Life, head.FirstVersion);
        }

        var checksum = LineWriter.WriteEntry(buffer, entry, head, state);
        var made = _writer.Write(place, source, state, buffer);
        Remember(new(new((state?.Stamp.Length ?? 0) + buffer.Length, checksum), head, entry.CommitId, made) { Pins = state?.Pins ?? [] });
        return AppendResult.Appended(entry.Version);
    }

    private CommitId? CommitAt(FilePlace place, FileState state, long version)
        => version == state.Head.Version ? state.LastCommit : EntryAt(place, version)?.CommitId;

    private LogEntry? EntryAt(FilePlace place, long version)
    {
        using var entries = new EntryStream(_root, place, version, version, ReadDirection.Forward);
        return entries.Next();
    }

    // Who wrote the entry may have died between writing and flushing, and the answer says that it is as durable as was configured.
    private void Confirm(FilePlace place, FileSource source, FileState state)
    {
        try
        {
            _durability.Flush(source.Handle, place.Path, 0);
            _durability.FlushName(place.Directory);
            Remember(state);
        }
        catch (IOException e)
        {
            throw Unavailable(place, e, outcomeUnknown: true);
        }
    }

    // After it was written and flushed.
    private void Remember(FileState state)
        => _states.Set(state.Head.Key, state with { IsAnchored = true, IsDurable = _durability.IsImmediate });
}
