using Holdfast.Logs;

namespace Holdfast;

/// <summary>Where the good entries of a damaged thread are held while it is recovered: in the space of trunks, under the id of the thread and a life that no thread has.</summary>
/// <remarks>Threads of several spaces can have the same id. The property <see cref="HeadProperties.Recovering"/> tells whose the entries are.</remarks>
internal static class HeldEntries
{
    /// <summary>The head that the entries of a thread have while they are held.</summary>
    public static ThreadHead Hold(StoreContext store, ThreadHead head) => head with
    {
        Key = ThreadKey.Trunk(ThreadKey.Of(head.Key.Tenant, head.Key.Id), CommitId.New(store.Time)),
        Properties = new Dictionary<string, string>(head.Properties, StringComparer.Ordinal) { [HeadProperties.Recovering] = NameOf(head.Key) },
    };

    /// <summary>The head that they have when they are back in their thread.</summary>
    public static ThreadHead Release(ThreadHead held, ThreadKey key) => held with
    {
        Key = key,
        Properties = held.Properties.Where(property => property.Key != HeadProperties.Recovering).ToDictionary(StringComparer.Ordinal),
    };

    /// <summary>What is held of a thread; more than one where several recoveries were cut off.</summary>
    public static IAsyncEnumerable<ThreadHead> ListAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
        => ListAsync(store, key.Tenant, ThreadKey.TrunkPrefix(key.Id), cancellationToken).Where(head => IsOf(head, key) && (store.User is null || key.Space != ThreadSpace.Threads || store.User == head.UserId));

    /// <summary>What is held of any thread of a tenant; null for all tenants.</summary>
    public static IAsyncEnumerable<ThreadHead> ListAllAsync(StoreContext store, string? tenant, CancellationToken cancellationToken)
        => ListAsync(store, tenant, null, cancellationToken).Where(head => store.User is null || store.User == head.UserId);

    private static IAsyncEnumerable<ThreadHead> ListAsync(StoreContext store, string? tenant, string? prefix, CancellationToken cancellationToken)
    {
        var query = new HeadQuery
        {
            Space = ThreadSpace.Trunks,
            Tenant = tenant,
            Filter = ThreadQuery.All with { IdPrefix = prefix },
            AsOf = store.Now,
            Expired = ExpiredFilter.Include,
        };
        return store.Unguarded.ListAllAsync(query, cancellationToken).Where(head => head.Properties.ContainsKey(HeadProperties.Recovering));
    }

    /// <summary>Copies what is held back to its thread, with its pins, and shows that. Any number of processes can do this at the same time.</summary>
    /// <exception cref="CommitConflictException">There is another thread.</exception>
    public static async ValueTask BringBackAsync(StoreContext store, ThreadHead held, ThreadKey key, CancellationToken cancellationToken)
    {
        if (key.Space == ThreadSpace.Threads)
        {
            // The damaged thread, if a part of it was in an archive and its erasure was cut off.
            await TrunkClosing.CloseAsync(store, ThreadKey.Trunk(key, held.Life), cancellationToken).ConfigureAwait(false);
        }

        var copy = new ThreadCopy(new RekeyedSource(store.Unguarded, held.Key, Release(held, key)), store) { IsHeldBack = true };
        try
        {
            await copy.RunAsync(_ => { }, cancellationToken).ConfigureAwait(false);
            if (await store.Unguarded.GetHeadAsync(new HeadRequest { Key = held.Key, WithPins = true }, cancellationToken).ConfigureAwait(false) is not { } still)
            {
                await copy.DiscardAsync(cancellationToken).ConfigureAwait(false);
                return;
            }

            if (still is { Pins: { Count: > 0 } pins })
            {
                await store.Unguarded.UpdateHeadAsync(new() { Key = key, IfLife = held.Life, AddPins = pins }, cancellationToken).ConfigureAwait(false);
            }

            await copy.ShowAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CorruptStateException or CommitConflictException)
        {
            if (await store.Unguarded.GetHeadAsync(held.Key, cancellationToken).ConfigureAwait(false) is not null)
            {
                throw;
            }

            // Somebody else has brought it back meanwhile, or erased it.
            await copy.DiscardAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes what is held of a thread that was erased, for good.</summary>
    /// <returns>Whether anything was.</returns>
    public static async ValueTask<bool> EraseAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
    {
        var any = false;
        await foreach (var held in ListAsync(store, key, cancellationToken).ConfigureAwait(false))
        {
            any |= await EraseAsync(store, key, held, cancellationToken).ConfigureAwait(false);
        }

        return any;
    }

    /// <summary>Removes one of those.</summary>
    public static async ValueTask<bool> EraseAsync(StoreContext store, ThreadKey key, ThreadHead held, CancellationToken cancellationToken)
    {
        var log = store.Unguarded;
        if (held.PinCount > 0 && key.Space == ThreadSpace.Threads && HeadProperties.IsShown(held)
            && await log.GetHeadAsync(ThreadKey.Trunk(key, held.Life), cancellationToken).ConfigureAwait(false) is null)
        {
            // What forks show of it is kept, as it is of any thread that is erased.
            await BringBackAsync(store, held, key, cancellationToken).ConfigureAwait(false);
            await Erasure.EraseAsync(store, key, force: false, cancellationToken).ConfigureAwait(false);
        }
        else if (await log.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is { } copy && copy.Life == held.Life && !HeadProperties.IsShown(copy))
        {
            // It was on its way back.
            await log.EraseAsync(new EraseRequest { Key = key, IfUnchanged = copy.Stamp }, cancellationToken).ConfigureAwait(false);
        }

        var origins = await Erasure.OriginsAsync(store, held, cancellationToken).ConfigureAwait(false);
        if (!await log.EraseAsync(held.Key, null, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await Erasure.UnpinAsync(store, key, held.Life, origins, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>The thread whose entries are held.</summary>
    public static ThreadKey ThreadOf(ThreadHead held)
    {
        held.Key.TryGetTrunk(out var thread, out _);
        return Enum.GetValues<ThreadSpace>().Where(space => space != ThreadSpace.Trunks).Select(space => ThreadKey.Of(space, thread.Tenant, thread.Id.Value)).FirstOrDefault(key => IsOf(held, key));
    }

    private static bool IsOf(ThreadHead head, ThreadKey key)
        => head.Properties.GetValueOrDefault(HeadProperties.Recovering) == NameOf(key) && head.Key.TryGetTrunk(out var thread, out _) && thread.Id == key.Id;

    // That of a conversation is its id. No other one has the same name and the same id.
    private static string NameOf(ThreadKey key) => key.Space == ThreadSpace.Threads ? key.Id.Value : $"{key.Space.ToName()}/{key.Id.Value}";
}
