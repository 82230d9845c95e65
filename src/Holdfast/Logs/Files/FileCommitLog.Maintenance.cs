namespace Holdfast.Logs;

/// <content>Expiry, rewriting and erasing.</content>
public sealed partial class FileCommitLog
{
    /// <inheritdoc/>
    public async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        HeadRules.Check(update);
        var place = FilePlace.Of(_root.Path, update.Key);
        var expiry = LineFormat.ToMilliseconds(update.Expiry?.At);
        await WithLockAsync(place, create: false, () => SetExpiry(place, expiry), cancellationToken).ConfigureAwait(false);
        return await GetHeadAsync(new() { Key = update.Key }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var place = FilePlace.Of(_root.Path, request.Key);
        return await WithLockAsync(place, create: false, () => Rewrite(place, request.Replacements, request.DropBelow), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>Copies of the thread's file that were kept when it was found damaged are removed with it.</remarks>
    public async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        EraseRules.Check(request);
        var place = FilePlace.Of(_root.Path, request.Key);
        return await WithLockAsync(place, create: false, () => Erase(place, request.IfUnchanged), cancellationToken).ConfigureAwait(false);
    }

    private bool SetExpiry(FilePlace place, DateTimeOffset? expiresAt)
    {
        using var source = _root.TryOpen(place.Path, FileAccess.ReadWrite);
        if (source is not null)
        {
            _durability.Redo(source);
        }

        if (Current(source, place) is not { } state)
        {
            return false;
        }

        if (state.Head.ExpiresAt != expiresAt)
        {
            using var buffer = new PooledBuffer(256);
            var checksum = LineWriter.WriteExpiry(buffer, expiresAt);
            Write(place, source, state, buffer);
            var head = state.Head with { ExpiresAt = expiresAt };
            Remember(state with { Stamp = new(state.Stamp.Length + buffer.Length, checksum), Head = head });
        }

        return true;
    }

    private bool Rewrite(FilePlace place, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow)
    {
        string temporary;
        using (var source = _root.TryOpen(place.Path, FileAccess.Read))
        {
            if (source is null || Tail(source, place, 0) is not { } tail)
            {
                return false;
            }

            var rewriter = new FileRewriter(source, tail, replacements, dropBelow);
            if (rewriter.IsNeedless)
            {
                return true;
            }

            if (source.Length > tail.Stamp.Length)
            {
                KeepUnlessOneLine(place, source, tail.Stamp.Length);
            }

            temporary = rewriter.WriteTemporary(place.Shard, _timeProvider.GetUtcNow());
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
        AfterThePoint(place);
        return true;
    }

    private bool Erase(FilePlace place, ThreadStamp? ifUnchanged)
    {
        if (!IsErasable(place, ifUnchanged))
        {
            return false;
        }

        // What else holds something of the thread goes first: a crash in between leaves a thread that is whole.
        _index.Forget(place);
        _quarantine.Remove(place);
        _states.Remove(place.Key);
        File.Delete(place.Path);
        _durability.Forget(place.Path);
        AfterThePoint(place);
        return true;
    }

    private bool IsErasable(FilePlace place, ThreadStamp? ifUnchanged)
    {
        using var source = _root.TryOpen(place.Path, FileAccess.Read);
        try
        {
            return Current(source, place) is { } state && (ifUnchanged is null || state.Head.Stamp == ifUnchanged);
        }
        catch (FileDamageException) when (ifUnchanged is null)
        {
            // A damaged thread can still be erased.
            return true;
        }
    }

    // Maintenance is rare and replaces what was durable, so it is flushed under every policy.
    private static void AfterThePoint(FilePlace place)
    {
        try
        {
            DirectorySync.Flush(place.Shard);
        }
        catch (IOException e)
        {
            throw Unavailable(place, e, outcomeUnknown: true);
        }
    }
}
