using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Tells what happens to a thread, commit by commit, from a position on. It holds no more of the thread than the events of one look.</summary>
internal sealed class ThreadWatch
{
    /// <summary>How much is read at once: a reader who takes his time holds no connection meanwhile.</summary>
    private const int MostEntries = 128;

    /// <summary>See <see cref="MostEntries"/>; an entry may be larger.</summary>
    private const long MostBytes = 1 << 20;

    /// <summary>How often in a row what is read may be gone by then.</summary>
    private const int MostMisses = 20;

    private readonly StoreContext _store;
    private readonly ThreadKey _key;
    private bool _startsNow;

    // Where the watch is; no life as long as no thread was there. The whole chain hash is known once the position was compared with the thread.
    private ThreadPosition _position;
    private Digest? _chain;
    private bool _isCompared;
    private bool _toldDeleted;
    private int _misses;

    private ThreadWatch(StoreContext store, ThreadKey key, ThreadPosition? after)
        => (_store, _key, _startsNow, _position) = (store, key, after is null, after ?? ThreadPosition.Beginning);

    public static async IAsyncEnumerable<ThreadEvent> RunAsync(
        StoreContext store, ThreadKey key, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watch = new ThreadWatch(store, key, options.After);
        using var wait = new FeedWait(store, $"thread '{key}'", key, options.PollInterval, options.MaxOutage);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await wait.TryAsync(watch.LookAsync, cancellationToken).ConfigureAwait(false) is not { } look)
            {
                continue;
            }

            foreach (var told in look.Events)
            {
                Telemetry.Told("thread");
                yield return told;
            }

            if (look.IsOver)
            {
                yield break;
            }

            if (!look.HasMore)
            {
                await wait.ForCommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<ThreadLook> LookAsync(CancellationToken cancellationToken)
    {
        var head = await _store.Calls.GetHeadAsync(_key, cancellationToken).ConfigureAwait(false);
        var isExpired = head is { ExpiresAt: not null } && head.IsExpired(await _store.NowAsync(cancellationToken).ConfigureAwait(false));
        if (head is null || isExpired || (HasLife && head.Life != _position.Life))
        {
            _startsNow = false;
            return HasLife ? End(head, isExpired) : ThreadLook.Nothing;
        }

        if (_startsNow)
        {
            (_startsNow, _position, _chain) = (false, head.ThreadPosition, head.ChainHash);
        }

        if (head.DeletedAt is not null)
        {
            return TellDeleted();
        }

        _toldDeleted = false;
        if (HasLife)
        {
            try
            {
                await CheckPositionAsync(head, cancellationToken).ConfigureAwait(false);
            }
            catch (AgentStateException e) when (e is ThreadNotFoundException or HistoryDroppedException && _misses < MostMisses)
            {
                // It was changed while it was read.
                await _store.Backoff.AfterFailureAsync(++_misses, cancellationToken).ConfigureAwait(false);
                return new([], HasMore: true);
            }
        }
        else
        {
            (_position, _chain) = (ThreadPosition.Of(head.Life, 0, ChainHash.Start), ChainHash.Start);
        }

        return _position.Version == head.Version ? ThreadLook.Nothing : await ReadAsync(head, cancellationToken).ConfigureAwait(false);
    }

    private bool HasLife => _position != ThreadPosition.Beginning;

    private ThreadLook End(ThreadHead? head, bool isExpired)
    {
        var isSame = head is not null && head.Life == _position.Life;
        return new(
            [
                new ThreadEnded
                {
                    ThreadId = _key.Id,
                    Position = ThreadPosition.Beginning,
                    Life = _position.Life,
                    Reason = isSame ? ThreadEnd.Expired : ThreadEnd.Erased,
                    IsBegunAgain = head is not null && !isSame && !isExpired,
                },
            ],
            IsOver: true);
    }

    private ThreadLook TellDeleted()
    {
        if (_toldDeleted)
        {
            return ThreadLook.Nothing;
        }

        _toldDeleted = true;
        return new([new ThreadDeleted { ThreadId = _key.Id, Position = _position }]);
    }

    // A position that somebody has kept may be that of another thread, or of one that has gone another way since.
    private async ValueTask CheckPositionAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        if (_position.Version > head.Version)
        {
            throw new UnknownPositionException(_key, _position, head.Version);
        }

        if (_chain is null && await ChainAtAsync(_position.Version, head, cancellationToken).ConfigureAwait(false) is { } chain)
        {
            if (ThreadPosition.Of(head.Life, _position.Version, chain) != _position)
            {
                throw new UnknownPositionException(_key, _position, head.Version);
            }

            (_chain, _isCompared) = (chain, true);
        }
    }

    // Null where it cannot be known any more: the version was dropped, and so was the one after it.
    private async ValueTask<Digest?> ChainAtAsync(long version, ThreadHead head, CancellationToken cancellationToken)
    {
        if (version == head.Version)
        {
            return head.ChainHash;
        }

        if (version == 0)
        {
            return ChainHash.Start;
        }

        if (version < head.FirstVersion)
        {
            return null;
        }

        return await PastFold.ChainAtAsync(_store.Calls, _store.Bodies, head, version, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<ThreadLook> ReadAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        var (start, chainBefore) = (_position, _chain);
        var from = Math.Max(start.Version + 1, head.FirstVersion);
        var walk = new EntryWalk(_store.Bodies, _key) { Expected = from, NewestKeyframe = head.KeyframeVersion, Chain = from == start.Version + 1 ? _chain : null, AllowsDropped = true };
        var events = new List<ThreadEvent>();
        try
        {
            do
            {
                await ReadAsync(walk, from, events, head, cancellationToken).ConfigureAwait(false);
                from = _position.Version + 1;
            }
            while (from <= head.Version && events is [.., VersionsDropped { To: var last }] && last == _position.Version);
        }
        catch (AgentStateException) when (events.Count > 0)
        {
            // What is whole is told first; the next look meets the failure again.
            return new(events, HasMore: true);
        }
        catch (AgentStateException e) when (e is HistoryDroppedException or ThreadNotFoundException or CorruptStateException && _misses < MostMisses)
        {
            if (e is CorruptStateException && await IsUnchangedAsync(head, cancellationToken).ConfigureAwait(false))
            {
                throw;
            }

            // It was changed while it was read.
            await _store.Backoff.AfterFailureAsync(++_misses, cancellationToken).ConfigureAwait(false);
            return new([], HasMore: true);
        }

        _misses = 0;
        var isWhole = _position.Version == head.Version;
        if (isWhole ? _chain != head.ChainHash : !_isCompared)
        {
            try
            {
                await RefuseOtherWayAsync(isWhole ? walk : null, start, head, cancellationToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException)
            {
                // Nothing of this look is told, so the next one begins where it began.
                (_position, _chain) = (start, chainBefore);
                throw;
            }
        }

        // While the watch waits, the store may be restored from a backup.
        _isCompared = !isWhole;
        return new(events, HasMore: _position.Version < head.Version);
    }

    private async ValueTask ReadAsync(EntryWalk walk, long from, List<ThreadEvent> events, ThreadHead head, CancellationToken cancellationToken)
    {
        long bytes = 0, to = Math.Min(head.Version, from + MostEntries - 1);
        await foreach (var opened in walk.ReadAsync(_store.Calls, new() { Key = _key, From = from, To = to, Life = head.Life }, to, cancellationToken).ConfigureAwait(false))
        {
            Add(events, opened, head, walk.Chain);
            bytes += opened.Entry.Body.Length;
            if (bytes >= MostBytes)
            {
                break;
            }
        }
    }

    private void Add(List<ThreadEvent> events, OpenedEntry opened, ThreadHead head, Digest? chain)
    {
        var (version, next) = (opened.Version, _position.Version + 1);

        // A fork begins at a later version than 1, with an entry that gives its life the name: nothing was dropped there.
        if (version > next && opened.Entry.CommitId != head.Life)
        {
            var before = opened.Body.ChainBefore ?? throw new CorruptStateException(_key, version, "the oldest entry is no keyframe, so nothing before it can have been dropped.");
            events.Add(new VersionsDropped { ThreadId = _key.Id, Position = ThreadPosition.Of(head.Life, version - 1, before), From = next, To = version - 1 });
        }

        if (version == next && _chain is null && opened.Body.ChainBefore is { } said && ThreadPosition.Of(head.Life, _position.Version, said) != _position)
        {
            throw new UnknownPositionException(_key, _position, head.Version);
        }

        _chain = chain ?? throw new CorruptStateException(_key, version, "the oldest entry does not say the chain hash before it.");
        _position = ThreadPosition.Of(head.Life, version, chain.Value);
        if (opened.Body.IsDropped)
        {
            AddDropped(events, version);
            return;
        }

        events.Add(new ThreadCommitted
        {
            ThreadId = _key.Id,
            Position = _position,
            Commit = CommitInfo.Of(opened.Entry, opened.Body),
            Messages = new MessageSnapshot(opened.Body.Change.Messages),
        });
    }

    // A stretch is one event, as far as it is read at once.
    private void AddDropped(List<ThreadEvent> events, long version)
    {
        var from = version;
        if (events is [.., VersionsDropped before] && before.To == version - 1)
        {
            from = before.From;
            events.RemoveAt(events.Count - 1);
        }

        events.Add(new VersionsDropped { ThreadId = _key.Id, Position = _position, From = from, To = version });
    }

    private async ValueTask<bool> IsUnchangedAsync(ThreadHead head, CancellationToken cancellationToken)
        => await _store.Calls.GetHeadAsync(_key, cancellationToken).ConfigureAwait(false) is { } now && now.Stamp == head.Stamp;

    // What was read does not lead to the head, or not yet. Either it is damaged, or a backup was restored under the watch, and the thread went another way from before the position on.
    private async ValueTask RefuseOtherWayAsync(EntryWalk? whole, ThreadPosition start, ThreadHead head, CancellationToken cancellationToken)
    {
        try
        {
            if (await ChainAtAsync(start.Version, head, cancellationToken).ConfigureAwait(false) is { } chain && ThreadPosition.Of(head.Life, start.Version, chain) != start)
            {
                throw new UnknownPositionException(_key, start, head.Version);
            }
        }
        catch (Exception e) when (e is ThreadNotFoundException or HistoryDroppedException || (whole is null && e is CorruptStateException))
        {
            // It was erased or trimmed by now, or is damaged before the position, so it cannot be said; the next look is told of what concerns it.
            return;
        }

        whole?.ExpectEnd(head);
    }
}
