using Holdfast.Logs;

namespace Holdfast.Simulation.Tests;

/// <summary>Forks by reference, as the design describes them: the fork's first entry comes first, then the pin on condition of life and revision, then it is shown.</summary>
internal static class Forks
{
    private static readonly IReadOnlyDictionary<string, string?> Shown = new Dictionary<string, string?> { [HeadProperties.Unpinned] = null };

    public static async Task ForkAsync(Client client)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            if (await BeginAsync(client) is not { } fork)
            {
                return;
            }

            if (await PinAsync(client, fork))
            {
                var shown = await Acts.AgainAsync(() => client.Log.UpdateHeadAsync(new() { Key = fork.Head.Key, IfLife = fork.Head.Life, Properties = Shown }).AsTask());
                client.World.Count(shown is null ? "fork gone before it was shown" : "fork shown");
                return;
            }

            client.World.Count("fork begun again");
            await EraseIfAsync(client, fork.Head.Key, fork.Head.Life);
        }
    }

    public static async Task EraseAsync(Client client)
    {
        var key = ThreadKey.Of(client.World.SomeFork());
        if (await Acts.AgainAsync(() => client.Log.GetHeadAsync(key).AsTask()) is not { } head || await FirstAsync(client, key, head) is not { } shows)
        {
            return;
        }

        // First the fork, then its pin: what is pinned without need can be found, what is missing cannot.
        if (await EraseIfAsync(client, key, head.Life))
        {
            foreach (var place in shows.Places)
            {
                await Acts.AgainAsync(() => client.Log.UpdateHeadAsync(new() { Key = place, IfLife = new(shows.Life), RemovePins = [head.Life] }).AsTask());
            }
        }
    }

    /// <summary>Erases forks that were never shown, removes pins whose fork is gone, and trunks without pins.</summary>
    public static async Task TidyAsync(Client client)
    {
        foreach (var fork in await ListAsync(client, ThreadSpace.Threads))
        {
            if (fork.Properties.ContainsKey(HeadProperties.Unpinned))
            {
                client.World.Count(await EraseIfUnchangedAsync(client, fork) ? "unpinned fork erased" : "unpinned fork left");
            }
        }

        foreach (var head in (await ListAsync(client, ThreadSpace.Threads)).Concat(await ListAsync(client, ThreadSpace.Trunks)))
        {
            await UnpinAsync(client, head);
        }

        foreach (var trunk in await ListAsync(client, ThreadSpace.Trunks))
        {
            if (trunk.PinCount == 0)
            {
                client.World.Count(await EraseIfUnchangedAsync(client, trunk) ? "trunk erased" : "trunk left");
            }
        }
    }

    private static async Task UnpinAsync(Client client, ThreadHead head)
    {
        if (head.PinCount == 0 || await HeadAsync(client, head.Key) is not { Pins: { } pins } pinned || pinned.Life != head.Life)
        {
            return;
        }

        foreach (var pin in pins)
        {
            if ((await HeadAsync(client, pin.Key))?.Life != pin.Life)
            {
                await Acts.AgainAsync(() => client.Log.UpdateHeadAsync(new() { Key = head.Key, IfLife = head.Life, RemovePins = [pin.Life] }).AsTask());
                client.World.Count("stale pin removed");
            }
        }
    }

    private static async Task<Fork?> BeginAsync(Client client)
    {
        var (key, forkKey) = (ThreadKey.Of(client.World.SomeThread()), ThreadKey.Of(client.World.SomeFork()));
        if (await Acts.AgainAsync(() => client.Log.GetHeadAsync(key).AsTask()) is not { } origin || await FoldAsync(client, key, origin.Life, origin.FirstVersion, origin.Version) is not { } fold)
        {
            return null;
        }

        var shows = new ForkBody(key.Id.Value, origin.Life.Value, origin.FirstVersion, origin.Version, fold);
        var body = shows.Write();
        var commit = CommitId.New(client.World.Time);
        var now = client.World.Time.GetUtcNow();
        var entry = new LogEntry { Key = forkKey, Version = origin.Version + 1, CommitId = commit, At = now, IsKeyframe = true, BodyHash = Digest.Compute(body), Body = body };
        var head = new ThreadHead
        {
            Key = forkKey,
            Life = commit,
            Version = entry.Version,
            KeyframeVersion = entry.Version,
            ChainHash = ChainHash.Next(origin.ChainHash, entry),
            CreatedAt = now,
            UpdatedAt = now,
            Properties = new Dictionary<string, string> { [HeadProperties.Unpinned] = "1" },
        };
        var request = new AppendRequest { Entry = entry, Head = head, After = origin.ChainHash, Begins = true };
        var result = await Acts.AgainAsync(() => client.Log.AppendAsync(request).AsTask());
        return result.Outcome is AppendOutcome.Appended or AppendOutcome.Duplicate ? new(head, shows, origin.Revision) : null;
    }

    private static async Task<bool> PinAsync(Client client, Fork fork)
    {
        var (shows, revision) = (fork.Shows, fork.Revision);
        var pin = new Pin { Life = fork.Head.Life, Key = fork.Head.Key, From = shows.From, To = shows.To };
        var place = shows.Key;
        for (var attempt = 0; attempt < 6; attempt++)
        {
            var update = new HeadUpdate { Key = place, IfLife = new(shows.Life), IfRevision = client.World.Options.ForksFoldAgain ? revision : null, AddPins = [pin] };
            if (await Acts.AgainAsync(() => client.Log.UpdateHeadAsync(update).AsTask()) is not null)
            {
                return true;
            }

            // Its life, or its revision, is another: perhaps because of this very pin, whose answer was lost.
            var found = await HeadAsync(client, shows.Key) is { } head && head.Life.Value == shows.Life ? head : await HeadAsync(client, ThreadKey.Trunk(shows.Key, new(shows.Life)));
            if (found is null || found.Life.Value != shows.Life)
            {
                return false;
            }

            if (found.Pins!.Contains(pin))
            {
                return true;
            }

            if (found.FirstVersion > shows.From || await FoldAsync(client, found.Key, found.Life, shows.From, shows.To) != shows.Fold)
            {
                return false;
            }

            (place, revision) = (found.Key, found.Revision);
        }

        return false;
    }

    // What the versions are now; null if they are not all there.
    private static async Task<string?> FoldAsync(Client client, ThreadKey key, CommitId life, long from, long to)
    {
        var entries = await Acts.AgainAsync(() => client.Log.ReadAsync(new() { Key = key, Life = life, From = from, To = to }).ToListAsync().AsTask());
        return entries.Count == to - from + 1 ? entries.Aggregate(ChainHash.Start, (digest, entry) => ChainHash.Next(digest, entry.Version, entry.CommitId, entry.StoredHash)).ToString() : null;
    }

    private static async Task<ForkBody?> FirstAsync(Client client, ThreadKey key, ThreadHead head)
    {
        var entries = await Acts.AgainAsync(() => client.Log.ReadAsync(new() { Key = key, Life = head.Life, To = head.FirstVersion }).ToListAsync().AsTask());
        return entries.Count == 0 ? null : ForkBody.Read(entries[0]);
    }

    private static Task<ThreadHead?> HeadAsync(Client client, ThreadKey key) => Acts.AgainAsync(() => client.Log.GetHeadAsync(new HeadRequest { Key = key, WithPins = true }).AsTask());

    private static async Task<IReadOnlyList<ThreadHead>> ListAsync(Client client, ThreadSpace space)
    {
        var query = new HeadQuery
        {
            Space = space, AsOf = client.World.Time.GetUtcNow(), Expired = ExpiredFilter.Include, Filter = new() { Order = ThreadOrder.Id, Deleted = DeletedFilter.Include },
        };
        return (await Acts.AgainAsync(() => client.Log.ListAsync(query).AsTask())).Heads;
    }

    private static async Task<bool> EraseIfAsync(Client client, ThreadKey key, CommitId life)
        => await HeadAsync(client, key) is { } head && head.Life == life && await EraseIfUnchangedAsync(client, head);

    private static Task<bool> EraseIfUnchangedAsync(Client client, ThreadHead head)
        => Acts.AgainAsync(() => client.Log.EraseAsync(new EraseRequest { Key = head.Key, IfUnchanged = head.Stamp }).AsTask());

    private sealed record Fork(ThreadHead Head, ForkBody Shows, long Revision);
}
