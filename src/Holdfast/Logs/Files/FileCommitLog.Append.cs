namespace Holdfast.Logs;

/// <content>Appending.</content>
public sealed partial class FileCommitLog
{
    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
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
        var entry = request.Entry with { At = LineFormat.ToMilliseconds(request.Entry.At) };
        if (AppendRules.Decide(request, state?.Head, version => CommitAt(place, state!, version)) is { } refused)
        {
            if (refused.Outcome == AppendOutcome.Duplicate)
            {
                Confirm(place, source!, state!);
            }

            return refused;
        }

        using var buffer = new PooledBuffer(entry.Body.Length + 1024);
        if (state is null)
        {
            LineWriter.WriteHeader(buffer, place.Key);
        }

        var head = HeadAfter(request, entry, state?.Head);
        var checksum = LineWriter.WriteEntry(buffer, entry, head, state?.Head);
        var made = Write(place, source, state, buffer);
        var origin = state?.Origin ?? new FileOrigin(made, entry.CommitId);
        Remember(new(new((state?.Stamp.Length ?? 0) + buffer.Length, checksum), head, entry.CommitId, origin));
        return AppendResult.Appended(entry.Version);
    }

    // As it will be read from the file again.
    private static ThreadHead HeadAfter(AppendRequest request, LogEntry entry, ThreadHead? previous)
    {
        var head = request.Head;
        return head with
        {
            Key = entry.Key,
            Version = entry.Version,
            Metadata = MetadataJson.Own(head.Metadata, previous?.Metadata),
            CreatedAt = LineFormat.ToMilliseconds(head.CreatedAt),
            UpdatedAt = LineFormat.ToMilliseconds(head.UpdatedAt),
            ExpiresAt = request.KeepExpiry && previous is not null ? previous.ExpiresAt : LineFormat.ToMilliseconds(head.ExpiresAt),
            DeletedAt = LineFormat.ToMilliseconds(head.DeletedAt),
        };
    }

    private CommitId? CommitAt(FilePlace place, FileState state, long version)
    {
        if (version == state.Head.Version)
        {
            return state.LastCommit;
        }

        using var entries = new EntryStream(_root, place, version, version, ReadDirection.Forward);
        return entries.Next()?.CommitId;
    }

    // Who wrote the entry may have died between writing and flushing, and the answer says that it is as durable as was configured.
    private void Confirm(FilePlace place, FileSource source, FileState state)
    {
        try
        {
            _durability.Flush(source.Handle, place.Path, 0);
            _durability.FlushName(place.Shard);
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

    /// <summary>Writes lines after those that are there, so that they are durable or gone.</summary>
    /// <returns>When the file was made.</returns>
    private long Write(FilePlace place, FileSource? source, FileState? state, PooledBuffer lines)
    {
        var offset = state?.Stamp.Length ?? 0;
        if (source?.Length > offset)
        {
            KeepUnlessOneLine(place, source, offset);
        }

        using var created = source is null
            ? File.OpenHandle(place.Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete)
            : null;
        var handle = created ?? source!.Handle;
        try
        {
            if (source?.Length > offset)
            {
                // What a crash left of a line that was never confirmed.
                RandomAccess.SetLength(handle, offset);
            }

            FileWrite.At(handle, lines.Written, offset);
        }
        catch (IOException e)
        {
            throw TakeBack(place, handle, offset, e);
        }

        try
        {
            _durability.Flush(handle, place.Path, offset);
            if (state is not { IsAnchored: true })
            {
                _durability.FlushName(place.Shard);
            }
        }
        catch (IOException e)
        {
            _states.Remove(place.Key);
            throw Unavailable(place, e, outcomeUnknown: true);
        }

        return state?.Origin.Made ?? FileBirth.Of(handle);
    }

    // A crash leaves the beginning of one line. What may be more than that is copied before it is cut off: it may be all that is left of a thread.
    private void KeepUnlessOneLine(FilePlace place, FileSource source, long offset)
    {
        if (offset > 0 && !source.HasAny(offset, source.Length - 1, 0, (byte)'\n'))
        {
            return;
        }

        var copy = _quarantine.Keep(place)
            ?? throw new IOException($"what is at its end, from byte {offset} on, is not a whole line and must be cut off, but could not be copied first. Nothing was written.");
        FileLogMessages.CutOff(_logger, place.Path, copy);
    }

    private StoreUnavailableException TakeBack(FilePlace place, Microsoft.Win32.SafeHandles.SafeFileHandle handle, long offset, IOException failure)
    {
        _states.Remove(place.Key);
        try
        {
            RandomAccess.SetLength(handle, offset);
            if (offset == 0)
            {
                File.Delete(place.Path);
            }

            return Unavailable(place, failure);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unavailable(place, failure, outcomeUnknown: true);
        }
    }
}
