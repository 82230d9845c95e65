using System.Text.Json;

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

        using var buffer = new PooledBuffer(entry.Body.Length + 1024);
        var head = HeadAfter(request, state?.Head);
        if (state is null)
        {
            LineWriter.WriteHeader(buffer, place.Key, head.Life, head.FirstVersion);
        }

        var checksum = LineWriter.WriteEntry(buffer, entry, head, state);
        var made = Write(place, source, state, buffer);
        Remember(new(new((state?.Stamp.Length ?? 0) + buffer.Length, checksum), head, entry.CommitId, made) { Pins = state?.Pins ?? [] });
        return AppendResult.Appended(entry.Version);
    }

    // As it will be read from the file again.
    private static ThreadHead HeadAfter(AppendRequest request, ThreadHead? previous)
    {
        var head = AppendRules.HeadAfter(request, previous);
        return head with
        {
            Metadata = Own(head.Metadata, previous?.Metadata),
            Terms = previous is not null && HeadMembers.IsSame(head.Terms, previous.Terms) ? previous.Terms : [.. head.Terms],
            Properties = previous?.Properties ?? HeadRules.Properties(new() { Key = head.Key, Properties = head.Properties.ToDictionary(pair => pair.Key, string? (pair) => pair.Value) }, ThreadHead.NoProperties),
            CreatedAt = LineFormat.Stored(head.CreatedAt),
            UpdatedAt = LineFormat.Stored(head.UpdatedAt),
            ExpiresAt = LineFormat.Stored(head.ExpiresAt),
            DeletedAt = LineFormat.Stored(head.DeletedAt),
            DueAt = LineFormat.Stored(head.DueAt),
        };
    }

    // A copy that nobody else can change or dispose, unless what was there says the same.
    private static IReadOnlyDictionary<string, JsonElement> Own(IReadOnlyDictionary<string, JsonElement> metadata, IReadOnlyDictionary<string, JsonElement>? owned)
        => owned is not null && ThreadHead.IsSameMetadata(metadata, owned) ? owned
            : metadata.Count == 0 ? ThreadHead.EmptyMetadata
            : metadata.ToDictionary(pair => pair.Key, pair => pair.Value.Clone(), StringComparer.Ordinal).AsReadOnly();

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
                _durability.FlushName(place.Directory);
            }
        }
        catch (IOException e)
        {
            _states.Remove(place.Key);
            throw Unavailable(place, e, outcomeUnknown: true);
        }

        return state?.Made ?? FileBirth.Of(handle);
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
