using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Takes content out of a thread, its forks, and what it was forked from: by a commit whose state does not have it, then by replacing bodies; until a pass finds nothing.</summary>
/// <remarks>Each step can be the last: the next run finds what is left.</remarks>
internal sealed class Redacting(StoreContext store, ThreadKey key, RedactionRequest request)
{
    /// <summary>How many versions one commit names.</summary>
    private const int AtOnce = 500;

    private const long BytesAtOnce = 4 << 20;

    private readonly RedactedBody _redacted = Make(request);

    /// <summary>What would be changed; null if there is no such thread.</summary>
    public async ValueTask<RedactionPlan?> PlanAsync(CancellationToken cancellationToken)
        => await FindAsync(isRun: false, cancellationToken).ConfigureAwait(false) is { } found ? Plan(found) : null;

    /// <summary>Does it.</summary>
    /// <returns>What was changed; null if there is no such thread.</returns>
    public async ValueTask<RedactionPlan?> RunAsync(CancellationToken cancellationToken)
    {
        RedactionPlan? done = null;
        for (var (attempt, left) = (1, long.MaxValue); ;)
        {
            if (await FindAsync(isRun: true, cancellationToken).ConfigureAwait(false) is not { } found)
            {
                // If it went away just now, its forks may still have something: nobody is told that it is done.
                return null;
            }

            var plan = Plan(found);
            done = done is null ? plan : done with { Places = [.. done.Places.UnionBy(plan.Places, place => (place.ThreadId, place.Version))] };
            if (plan.IsEmpty)
            {
                if (await EndRecoveriesAsync(found.Select(thread => thread.Head.Key), cancellationToken).ConfigureAwait(false))
                {
                    continue;
                }

                return done;
            }

            // As long as there is less each time, it comes to an end.
            attempt = plan.Places.Count < left ? 1 : attempt + 1;
            left = plan.Places.Count;
            if (attempt > store.Options.MaxUpdateAttempts)
            {
                throw new CommitConflictException(key, 0, 0, $"others wrote the content again, or changed the thread, each of the {attempt - 1} times that it was redacted; run it again once they have stopped");
            }

            foreach (var (head, places) in found.Where(thread => thread.Places.Count > 0))
            {
                await RedactAsync(head, [.. places.Take(AtOnce)], cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // What a recovery that was cut off holds of a thread that is whole again may have the content.
    private async ValueTask<bool> EndRecoveriesAsync(IEnumerable<ThreadKey> threads, CancellationToken cancellationToken)
    {
        var any = false;
        foreach (var thread in threads.Where(thread => thread.Space == ThreadSpace.Threads))
        {
            any |= await new ThreadRecovery(store, thread).EndAsync(cancellationToken).ConfigureAwait(false);
        }

        return any;
    }

    private static RedactedBody Make(RedactionRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        return new(request);
    }

    private RedactionPlan Plan(List<(ThreadHead Head, List<Dirty> Places)> found)
        => new(key.Id, [.. found.SelectMany(thread => thread.Places.Select(place => new RedactionPlace(NameOf(thread.Head), place.Version, place.Where)))]);

    private static ThreadId NameOf(ThreadHead head) => head.Key.TryGetTrunk(out var thread, out _) ? thread.Id : head.Key.Id;

    // Threads that show one another, and where in them there is something.
    private async ValueTask<List<(ThreadHead Head, List<Dirty> Places)>?> FindAsync(bool isRun, CancellationToken cancellationToken)
    {
        var now = await store.NowAsync(cancellationToken).ConfigureAwait(false);
        if (await store.Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is not { } visible || visible.IsExpired(now))
        {
            return null;
        }

        var (found, known, next) = (new List<(ThreadHead, List<Dirty>)>(), new HashSet<CommitId> { visible.Life }, new Queue<(ThreadKey Key, CommitId Life)>([(key, visible.Life)]));
        while (next.TryDequeue(out var thread))
        {
            if (await HeadAsync(thread.Key, cancellationToken).ConfigureAwait(false) is not { } head || head.Life != thread.Life)
            {
                // Whoever erases it meanwhile keeps what others show.
                if (thread.Key.Space == ThreadSpace.Threads)
                {
                    next.Enqueue((ThreadKey.Trunk(thread.Key, thread.Life), thread.Life));
                }

                continue;
            }

            if (store.User is { } user && head.UserId != user)
            {
                throw new ThreadAccessDeniedException(key, $"Thread '{key}' cannot be redacted in the view of its user: threads of others show it, or are shown by it. Use the store itself.");
            }

            if (head is { Key.Space: ThreadSpace.Trunks, PinCount: 0 } && head.Properties.ContainsKey(HeadProperties.Closing))
            {
                // Nobody shows it, and a part of it may be gone already: whoever was erasing it was cut off.
                _ = isRun && await TrunkClosing.CloseAsync(store, head.Key, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (isRun && head.Key.Space == ThreadSpace.Threads && head.IsExpired(now))
            {
                // Nobody can commit to it any more. What others show of it stays, as after a clean-up.
                await Erasure.EraseIfUnchangedAsync(store, head, cancellationToken).ConfigureAwait(false);
                next.Enqueue(thread);
                continue;
            }

            // Forks are listed after the thread was read: one that comes later has folded what is there by then.
            if ((isRun && await Maintenance.FinishDropAsync(store, head, cancellationToken).ConfigureAwait(false))
                || await ScanAsync(head, cancellationToken).ConfigureAwait(false) is not { } dirty
                || await HeadAsync(thread.Key, cancellationToken).ConfigureAwait(false) is not { } read || read.Life != thread.Life)
            {
                next.Enqueue(thread);
                continue;
            }

            found.Add((head, dirty));
            foreach (var pin in read.Pins ?? [])
            {
                Add(pin.Life, pin.Key);
            }

            foreach (var origin in await OriginsAsync(head, cancellationToken).ConfigureAwait(false))
            {
                if (await ForkReading.FindAsync(store, thread.Key, origin, cancellationToken).ConfigureAwait(false) is { } shown)
                {
                    Add(shown.Life, shown.Key);
                }
            }
        }

        return found;

        void Add(CommitId life, ThreadKey other)
        {
            if (known.Add(life))
            {
                next.Enqueue((other, life));
            }
        }
    }

    // None of a trunk whose first version was emptied: the forks that show the rest name these threads themselves.
    private async ValueTask<IReadOnlyList<Origin>> OriginsAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        try
        {
            return (await ForkReading.FirstAsync(store, head, cancellationToken).ConfigureAwait(false))?.Origins ?? [];
        }
        catch (HistoryDroppedException)
        {
            return [];
        }
    }

    private async ValueTask<ThreadHead?> HeadAsync(ThreadKey thread, CancellationToken cancellationToken)
    {
        if (thread.Space == ThreadSpace.Threads)
        {
            await ForkBirth.FinishAsync(store, thread, cancellationToken).ConfigureAwait(false);
        }

        return await store.Unguarded.GetHeadAsync(new HeadRequest { Key = thread, WithPins = true }, cancellationToken).ConfigureAwait(false);
    }

    // Null if others have trimmed, redacted or erased the thread meanwhile, so that it has to be looked at again.
    private async ValueTask<List<Dirty>?> ScanAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        var dirty = new List<Dirty>();
        try
        {
            await foreach (var (entry, json, where) in ReadAsync(head, head.FirstVersion, head.Version, cancellationToken).ConfigureAwait(false))
            {
                dirty.Add(new(entry.Version, where, Digest.Compute(json)));
            }

            return dirty;
        }
        catch (CorruptStateException)
        {
            if (await Maintenance.HasChangedAsync(store.Unguarded, head, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            throw;
        }
    }

    // The entries that have something, with what they are to be.
    private async IAsyncEnumerable<(LogEntry Entry, byte[] Body, IReadOnlyList<string> Where)> ReadAsync(
        ThreadHead head, long from, long to, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var walk = new EntryWalk(store.Bodies, head.Key) { Expected = from, NewestKeyframe = head.KeyframeVersion };
        await foreach (var entry in store.Unguarded.ReadAsync(new ReadRequest { Key = head.Key, From = from, To = to, Life = head.Life }, cancellationToken).ConfigureAwait(false))
        {
            walk.Pass(entry);
            if (Redacted(entry) is var (json, where))
            {
                yield return (entry, store.Bodies.Encode(json), where);
            }
        }
    }

    private (byte[] Json, IReadOnlyList<string> Where)? Redacted(LogEntry entry)
    {
        try
        {
            return _redacted.Body(store.Bodies.Decode(entry));
        }
        catch (JsonException e)
        {
            throw new CorruptStateException(entry.Key, entry.Version, $"the body cannot be read: {e.Message}", e);
        }
    }

    private async ValueTask RedactAsync(ThreadHead head, IReadOnlyList<Dirty> places, CancellationToken cancellationToken)
    {
        // Nothing of a closed trunk is a state any more, so there is nothing to commit.
        var isThere = head.Key.Space == ThreadSpace.Threads
            ? await CommitAsync(head, places, cancellationToken).ConfigureAwait(false) is not null
            : !await TrunkClosing.CloseAsync(store, head.Key, cancellationToken).ConfigureAwait(false);
        if (!isThere)
        {
            return;
        }

        await RewriteAsync(head, places, cancellationToken).ConfigureAwait(false);
        StoreLog.Redacted(store.Logger, head.Key, places.Count, places[0].Version, places[^1].Version);
    }

    private async ValueTask<CommitInfo?> CommitAsync(ThreadHead head, IReadOnlyList<Dirty> places, CancellationToken cancellationToken)
    {
        var options = new CommitOptions { Reason = _redacted.Text(request.Reason ?? "redacted"), By = request.By, Keyframe = true, AllowEmpty = true };
        try
        {
            return await Updater.UpdateAsync(
                store,
                head.Key,
                token => SessionOpener.OpenAsync(store, head.Key, new() { MustExist = true, LoadUser = false }, allowDeleted: true, token),
                (session, _) =>
                {
                    if (session.State.Base?.Life != head.Life)
                    {
                        throw new ThreadNotFoundException(head.Key);
                    }

                    Change(session.State, head.Life, places);
                    return ValueTask.CompletedTask;
                },
                options,
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ThreadNotFoundException or ThreadExpiredException)
        {
            // It was erased meanwhile. The next pass looks at what there is then.
            return null;
        }
    }

    private void Change(SessionState session, CommitId life, IReadOnlyList<Dirty> places)
    {
        foreach (var (section, values) in session.State.Sections.ToList())
        {
            foreach (var (name, json) in values.ToList())
            {
                if (_redacted.Removes(section, name))
                {
                    session.Remove(section, name);
                }
                else if (_redacted.Value(section, name, json) is { } redacted)
                {
                    session.Set(section, name, redacted);
                }
            }
        }

        session.Pending.Records.Add(new(StoredRecord.Redaction, null, Note(life, places)));
    }

    // Who and why stand with the commit, and the pattern nowhere: it may say what is gone.
    private byte[] Note(CommitId life, IReadOnlyList<Dirty> places)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("life"u8, life.Value.ToString("N", System.Globalization.CultureInfo.InvariantCulture));
        writer.WriteNumber("messages"u8, request.MessageIds.Count);
        writer.WriteNumber("keys"u8, request.Keys.Count);
        writer.WriteBoolean("pattern"u8, request.Pattern is not null);
        writer.WriteStartObject("bodies"u8);
        foreach (var place in places)
        {
            writer.WriteString(place.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), place.Hash.ToString());
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private async ValueTask RewriteAsync(ThreadHead before, IReadOnlyList<Dirty> places, CancellationToken cancellationToken)
    {
        // The thread says what stands in the place of each body. What has become something else since is noted anew by the next pass.
        var noted = before.Key.Space == ThreadSpace.Threads ? places.ToDictionary(place => place.Version, place => place.Hash) : null;
        var next = places[0].Version;
        for (var attempt = 1; attempt <= store.Options.MaxUpdateAttempts;)
        {
            var head = await store.Unguarded.GetHeadAsync(before.Key, cancellationToken).ConfigureAwait(false);
            if (head is null || head.Life != before.Life)
            {
                return;
            }

            if (head.KeyframeVersion <= places[^1].Version && head.Key.Space == ThreadSpace.Threads)
            {
                throw new StateTooLargeException($"Thread '{head.Key}' cannot be redacted: its state is too large to be written as a whole.");
            }

            var until = Math.Min(places[^1].Version, head.KeyframeVersion - 1);
            var (batch, last) = await BatchAsync(head, Math.Max(next, head.FirstVersion), until, noted, cancellationToken).ConfigureAwait(false);
            if (batch is null || (batch.Count > 0 && !await store.Unguarded.RewriteAsync(new RewriteRequest { Key = head.Key, Replacements = batch, IfUnchanged = head.Stamp }, cancellationToken).ConfigureAwait(false)))
            {
                // Others were faster. What is to be written may be something else now.
                await store.Backoff.AfterConflictAsync(attempt++, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
                continue;
            }

            (next, attempt) = (last + 1, 1);
            if (next > until)
            {
                return;
            }
        }
    }

    // Bodies that replace those of a range as far as one call should, and the version that they reach to. Null if others have changed the thread while it was read.
    private async ValueTask<(Dictionary<long, ReadOnlyMemory<byte>>? Bodies, long Last)> BatchAsync(
        ThreadHead head, long from, long to, Dictionary<long, Digest>? noted, CancellationToken cancellationToken)
    {
        var (batch, bytes) = (new Dictionary<long, ReadOnlyMemory<byte>>(), 0L);
        if (from > to)
        {
            return (batch, to);
        }

        try
        {
            await foreach (var (entry, body, _) in ReadAsync(head, from, to, cancellationToken).ConfigureAwait(false))
            {
                if (noted is not null && !(noted.TryGetValue(entry.Version, out var hash) && hash == Digest.Compute(body)))
                {
                    continue;
                }

                batch.Add(entry.Version, body);
                if ((bytes += body.Length) >= BytesAtOnce)
                {
                    return (batch, entry.Version);
                }
            }

            return (batch, to);
        }
        catch (CorruptStateException)
        {
            if (await Maintenance.HasChangedAsync(store.Unguarded, head, cancellationToken).ConfigureAwait(false))
            {
                return (null, to);
            }

            throw;
        }
    }

    private sealed record Dirty(long Version, IReadOnlyList<string> Where, Digest Hash);
}
