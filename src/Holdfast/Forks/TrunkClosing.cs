using Holdfast.Logs;

namespace Holdfast;

/// <summary>Leaves nothing of an erased thread but the versions that others show, and erases it once nobody does. Anyone can do this, any number of times.</summary>
internal static class TrunkClosing
{
    /// <param name="store">Where the trunk is.</param>
    /// <param name="trunk">The trunk.</param>
    /// <param name="cancellationToken">Cancels it; others can go on.</param>
    /// <returns>Whether it is gone.</returns>
    public static async ValueTask<bool> CloseAsync(StoreContext store, ThreadKey trunk, CancellationToken cancellationToken)
    {
        var log = store.Unguarded;
        while (await log.GetHeadAsync(new HeadRequest { Key = trunk, WithPins = true }, cancellationToken).ConfigureAwait(false) is { } head)
        {
            if (!IsTrunk(head))
            {
                return false;
            }

            if (!head.Properties.ContainsKey(HeadProperties.Erased) && await RemoveStalePinsAsync(store, head, cancellationToken).ConfigureAwait(false) > 0)
            {
                continue;
            }

            if (head.PinCount == 0 || head.Properties.ContainsKey(HeadProperties.Erased))
            {
                await log.EraseAsync(new EraseRequest { Key = trunk, IfUnchanged = head.Stamp }, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (head.Properties.ContainsKey(HeadProperties.Closed))
            {
                return false;
            }

            // What is emptied in an archive cannot be tied to the revision here.
            if (head.ArchivedBelow is not null && !head.Properties.ContainsKey(HeadProperties.Closing))
            {
                await log.UpdateHeadAsync(new() { Key = trunk, IfUnchanged = head.Stamp, Properties = new Dictionary<string, string?> { [HeadProperties.Closing] = "1" } }, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (!await IsClosedAsync(store, head, cancellationToken).ConfigureAwait(false))
            {
                await log.AppendAsync(Closing(store, head), cancellationToken).ConfigureAwait(false);
                continue;
            }

            var emptying = new Emptying(log, head);
            if (await emptying.RunAsync(NotPinned(head), cancellationToken).ConfigureAwait(false))
            {
                var closed = new Dictionary<string, string?> { [HeadProperties.Closed] = "1", [HeadProperties.Closing] = null };
                if (await log.UpdateHeadAsync(new() { Key = trunk, IfUnchanged = emptying.Stamp, Properties = closed }, cancellationToken).ConfigureAwait(false) is not null)
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Removes pins whose thread has another life, or is gone: a life that has ended never returns.</summary>
    /// <param name="store">Where the thread is.</param>
    /// <param name="head">The thread that is pinned, with its pins.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>How many were found.</returns>
    public static async ValueTask<int> RemoveStalePinsAsync(StoreContext store, ThreadHead head, CancellationToken cancellationToken)
    {
        var stale = new List<CommitId>();
        foreach (var pin in head.Pins ?? [])
        {
            try
            {
                if (await IsGoneAsync(store, pin, cancellationToken).ConfigureAwait(false))
                {
                    stale.Add(pin.Life);
                }
            }
            catch (CorruptStateException)
            {
                // It is there, and may show what is pinned.
            }
        }

        if (stale.Count > 0)
        {
            var properties = head.Key.Space == ThreadSpace.Trunks ? new Dictionary<string, string?> { [HeadProperties.Closed] = null } : [];
            await store.Unguarded.UpdateHeadAsync(new() { Key = head.Key, IfLife = head.Life, RemovePins = stale, Properties = properties }, cancellationToken).ConfigureAwait(false);
        }

        return stale.Count;
    }

    // While a thread is recovered, its life is held in the space of trunks, and returns. It may have returned while that was looked for.
    private static async ValueTask<bool> IsGoneAsync(StoreContext store, Pin pin, CancellationToken cancellationToken)
    {
        return !await IsThereAsync().ConfigureAwait(false) && !await IsHeldAsync().ConfigureAwait(false) && !await IsThereAsync().ConfigureAwait(false);

        async ValueTask<bool> IsThereAsync() => (await store.Unguarded.GetHeadAsync(pin.Key, cancellationToken).ConfigureAwait(false))?.Life == pin.Life;

        ValueTask<bool> IsHeldAsync()
        {
            var query = new HeadQuery
            {
                Space = ThreadSpace.Trunks,
                Tenant = pin.Key.Tenant,
                Filter = ThreadQuery.All with { IdPrefix = ThreadKey.TrunkPrefix(pin.Key.Id) },
                AsOf = store.Now,
                Expired = ExpiredFilter.Include,
            };
            return store.Unguarded.ListAllAsync(query, cancellationToken).AnyAsync(head => head.Life == pin.Life && head.Properties.ContainsKey(HeadProperties.Recovering), cancellationToken);
        }
    }

    // Not what is being copied, and not what a recovery holds in the same space until it is back in its place.
    private static bool IsTrunk(ThreadHead head) => head.Key.TryGetTrunk(out _, out var life) && life == head.Life && HeadProperties.IsShown(head);

    private static async ValueTask<bool> IsClosedAsync(StoreContext store, ThreadHead head, CancellationToken cancellationToken)
    {
        var walk = new EntryWalk(store.Bodies, head.Key) { Expected = head.Version };
        await foreach (var entry in store.Unguarded.ReadAsync(new() { Key = head.Key, From = head.Version, Life = head.Life }, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                return walk.Open(entry).Body.Change.Closes;
            }
            catch (HistoryDroppedException)
            {
                // Others have closed it since its head was read, and have emptied this version.
                return true;
            }
            catch (CorruptStateException)
            {
                // Whatever it was, it is no closing commit.
                return false;
            }
        }

        return false;
    }

    // Nothing is left of the state but the owner, so that an erasure of the owner finds it. It is not folded: a thread that is damaged can be closed too.
    private static AppendRequest Closing(StoreContext store, ThreadHead head)
    {
        var body = new CommitBody { Change = new() { Closes = true }, At = store.Now, Reason = "erased" };
        var state = new ThreadState { UserId = head.UserId };
        var json = store.Bodies.Encode(CommitBodyWriter.Write(body, new(state, new(VisibleHistory.None, 0), OpenCalls.None, head.ChainHash)).Json);
        var entry = new LogEntry
        {
            Key = head.Key,
            Version = head.Version + 1,
            CommitId = CommitId.New(store.Time),
            At = body.At,
            IsKeyframe = true,
            BodyHash = Digest.Compute(json),
            Body = json,
        };
        return new()
        {
            Entry = entry,
            After = head.ChainHash,
            Head = head with
            {
                Version = entry.Version,
                KeyframeVersion = entry.Version,
                ChainHash = ChainHash.Next(head.ChainHash, entry),
                Agent = null,
                Status = ThreadStatus.Idle,
                Metadata = ThreadHead.EmptyMetadata,
                MessageCount = 0,
                UpdatedAt = entry.At,
                ExpiresAt = null,
                DeletedAt = null,
                DueAt = null,
                Terms = [],
                Pins = null,
            },
        };
    }

    // Every version that no pin keeps, lowest first.
    private static IEnumerable<(long From, long To)> NotPinned(ThreadHead head)
    {
        var from = head.FirstVersion;
        foreach (var pin in head.Pins!.OrderBy(pin => pin.From))
        {
            if (from < pin.From)
            {
                yield return (from, pin.From - 1);
            }

            from = Math.Max(from, pin.To + 1);
        }

        if (from < head.KeyframeVersion)
        {
            yield return (from, head.KeyframeVersion - 1);
        }
    }
}
