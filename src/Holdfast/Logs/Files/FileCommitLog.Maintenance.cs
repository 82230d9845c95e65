namespace Holdfast.Logs;

/// <content>Heads, rewriting and erasing.</content>
public sealed partial class FileCommitLog
{
    /// <inheritdoc/>
    public async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        HeadRules.Check(update);
        var place = FilePlace.Of(_root.Path, update.Key);
        return await WithLockAsync(place, create: false, () => UpdateHead(place, update), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var place = FilePlace.Of(_root.Path, request.Key);
        return await WithLockAsync(place, create: false, () => Rewrite(place, request), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>Copies of the thread's file that were kept when it was found damaged are removed with it. A damaged thread can be erased, but not kept as a trunk.</remarks>
    public async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        EraseRules.Check(request);
        var place = FilePlace.Of(_root.Path, request.Key);
        return await WithLockAsync(place, create: false, () => request.KeepAsTrunk ? Rename(place, request) : Erase(place, request), cancellationToken).ConfigureAwait(false);
    }

    private ThreadHead? UpdateHead(FilePlace place, HeadUpdate update)
    {
        using var source = _root.TryOpen(place.Path, FileAccess.ReadWrite);
        if (source is not null)
        {
            _durability.Redo(source);
        }

        if (Current(source, place) is not { } state || !update.IsAllowed(state.Head))
        {
            return null;
        }

        if (!update.MovesRevision && !update.Beats)
        {
            return state.Head;
        }

        var (head, pins) = HeadRules.Apply(update, state.Head, state.Pins);
        head = head with { ExpiresAt = LineFormat.Stored(head.ExpiresAt) };
        using var buffer = new PooledBuffer(256);
        var checksum = LineWriter.WriteUpdate(buffer, update, head);
        _writer.Write(place, source, state, buffer);
        Remember(state with { Stamp = new(state.Stamp.Length + buffer.Length, checksum), Head = head, Pins = pins });
        return head;
    }

    private bool Rewrite(FilePlace place, RewriteRequest request)
    {
        string temporary;
        using (var source = _root.TryOpen(place.Path, FileAccess.Read))
        {
            if (source is null || _states.ReadTail(source, place.Key, _indexed) is not { } tail || !IsUnchanged(tail.Head, request.IfUnchanged))
            {
                return false;
            }

            RewriteRules.Check(request, tail.Head, RewriteRules.Drops(request, tail.Head) && EntryAt(place, request.DropBelow) is { IsKeyframe: true });
            if (!RewriteRules.Changes(request, tail.Head))
            {
                return true;
            }

            if (source.Length > tail.Stamp.Length)
            {
                _writer.KeepUnlessOneLine(place, source, tail.Stamp.Length);
            }

            temporary = new FileRewriter(source, tail, request).WriteTemporary(place.Shard, _timeProvider.GetUtcNow());
        }

        _states.Remove(place.Key);
        try
        {
            File.Move(temporary, place.Path, overwrite: true);
        }
        catch
        {
            TemporaryFiles.TryDelete(temporary);
            throw;
        }

        _durability.Forget(place.Path);
        AfterThePoint(place, place.Directory);
        return true;
    }

    private bool Erase(FilePlace place, EraseRequest request)
    {
        if (!IsErasable(place, request.IfUnchanged))
        {
            return false;
        }

        // What else holds something of the thread goes first: a crash in between leaves a thread that is whole.
        _index.Forget(place);
        _quarantine.Remove(place);
        _states.Remove(place.Key);
        File.Delete(place.Path);
        _durability.Forget(place.Path);
        AfterThePoint(place, place.Directory);
        return true;
    }

    private bool IsErasable(FilePlace place, ThreadStamp? ifUnchanged)
    {
        using var source = _root.TryOpen(place.Path, FileAccess.Read);
        try
        {
            return Current(source, place) is { } state && IsUnchanged(state.Head, ifUnchanged);
        }
        catch (FileDamageException) when (ifUnchanged is null)
        {
            // A damaged thread can still be erased.
            return true;
        }
    }

    // The rename is the point: before it there is the thread, after it the trunk.
    private bool Rename(FilePlace place, EraseRequest request)
    {
        FilePlace trunk;
        using (var source = _root.TryOpen(place.Path, FileAccess.ReadWrite))
        {
            if (source is not null)
            {
                _durability.Redo(source);
            }

            if (Current(source, place) is not { } state || !IsUnchanged(state.Head, request.IfUnchanged))
            {
                return false;
            }

            // What was to be brought to the disk later is known by the old name.
            _durability.FlushNow(source!.Handle, place.Path, 0);
            trunk = FilePlace.Of(_root.Path, ThreadKey.Trunk(place.Key, state.Head.Life));
        }

        _durability.Make(trunk.Directory);
        _index.Forget(place);
        _quarantine.Rename(place, trunk);
        _states.Remove(place.Key);
        _states.Remove(trunk.Key);
        File.Move(place.Path, trunk.Path, overwrite: true);
        _durability.Forget(place.Path);
        AfterThePoint(place, trunk.Directory);
        AfterThePoint(place, place.Directory);
        return true;
    }

    private static bool IsUnchanged(ThreadHead head, ThreadStamp? stamp) => stamp is null || stamp == head.Stamp;

    // Maintenance is rare and replaces what was durable, so it is flushed under every policy.
    private static void AfterThePoint(FilePlace place, string directory)
    {
        try
        {
            DirectorySync.Flush(directory);
        }
        catch (IOException e)
        {
            throw Unavailable(place, e, outcomeUnknown: true);
        }
    }
}
