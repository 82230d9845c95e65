using Holdfast.Logs;

namespace Holdfast.Simulation.Tests;

/// <summary>What must hold once all clients have stopped.</summary>
internal static class Invariants
{
    public static async Task CheckAsync(World world)
    {
        await CheckLogAsync(world.Hot, world);
        await CheckLogAsync(world.Cold, world);
        CheckForks(world);
        CheckCopies(world);
    }

    // Every life stands as it was written, and nothing else does.
    private static async Task CheckLogAsync(WatchedLog log, World world)
    {
        var store = new AgentStateStore(log, new() { TimeProvider = world.Time, Archive = log == world.Hot ? world.Cold : null });
        List<ThreadKey> listed = [];
        foreach (var space in ThreadSpaceNames.All)
        {
            var query = new HeadQuery { Space = space, Tenant = null, AsOf = default, Expired = ExpiredFilter.Include, Filter = new() { Deleted = DeletedFilter.Include } };
            await foreach (var head in log.ListAllHeadsAsync(query))
            {
                listed.Add(head.Key);
            }
        }

        Require(listed.ToHashSet().SetEquals(log.Standing.Keys), $"the threads that are listed are [{string.Join(", ", listed)}], and those that stand are [{string.Join(", ", log.Standing.Keys)}]");
        foreach (var (key, life) in log.Standing)
        {
            var head = await log.GetHeadAsync(new HeadRequest { Key = key, WithPins = true }) ?? throw new SimulationException($"'{key}' is gone.");
            Require(head.Life == life.Id && head.Version == life.Last && head.FirstVersion == life.First, $"the head of '{key}' is of {head.FirstVersion} to {head.Version}; {life.First} to {life.Last} stand");
            Require(head.Pins!.ToHashSet().SetEquals(life.Pins.Values), $"the pins of '{key}' are not those that were set");
            await CheckEntriesAsync(log, head, life);
            if (life is { Fork: null, IsShown: true } && key.Space == ThreadSpace.Threads)
            {
                var report = await store.Thread(key.Id).VerifyAsync() ?? throw new SimulationException($"'{key}' cannot be verified.");
                Require(report.IsIntact, $"'{key}' is not intact: {string.Join("; ", report.Problems)}");
            }
        }
    }

    private static async Task CheckEntriesAsync(WatchedLog log, ThreadHead head, Life life)
    {
        var (version, chain) = (life.First, life.First == 1 ? ChainHash.Start : (Digest?)null);
        await foreach (var entry in log.ReadAsync(head.Key))
        {
            Require(entry.Version == version && entry.CommitId == life.CommitAt(version), $"version {version} of '{head.Key}' is not the one that was appended");
            Require(Digest.Compute(entry.Body.Span) == life.Bodies[version] && entry.StoredHash == life.Bodies[version], $"the body of version {version} of '{head.Key}' is not the one that was written last");
            chain = chain is { } before ? ChainHash.Next(before, entry) : null;
            version++;
        }

        Require(version == life.Last + 1, $"'{head.Key}' ends before version {version}; {life.Last} was appended");
        Require(chain is null || chain == head.ChainHash, $"the chain of '{head.Key}' does not lead to its head");
    }

    // What a fork shows is there, under the key of its origin or its trunk, and pinned.
    private static void CheckForks(World world)
    {
        foreach (var fork in world.Hot.Standing.Values.Where(life => life is { Fork: not null, IsShown: true }))
        {
            var shows = fork.Fork!;
            var origin = shows.Places.Select(place => world.Hot.Standing.GetValueOrDefault(place)).FirstOrDefault(life => life?.Id.Value == shows.Life);
            Require(origin is not null, $"'{fork.Key}' is shown, and its origin is gone");
            Require(origin!.FirstToRead <= shows.From && origin.Last >= shows.To, $"'{fork.Key}' shows versions {shows.From} to {shows.To}; {origin.FirstToRead} to {origin.Last} are there");
            Require(origin.Pins.ContainsKey(fork.Id), $"'{fork.Key}' is shown, and is not pinned");
        }
    }

    // What was copied whole is what the source wrote.
    private static void CheckCopies(World world)
    {
        foreach (var copy in world.Cold.Standing.Values)
        {
            var originals = world.Hot.Lives.Where(life => life.Id == copy.Id).ToList();
            for (var version = copy.First; version <= copy.Last; version++)
            {
                Require(originals.Exists(life => life.Has(version, copy.CommitAt(version))), $"version {version} of the copy of '{copy.Key}' is none of its source");
            }
        }
    }

    private static async IAsyncEnumerable<ThreadHead> ListAllHeadsAsync(this ICommitLog log, HeadQuery query)
    {
        string? continuation = null;
        do
        {
            var page = await log.ListAsync(query with { Filter = query.Filter with { Continuation = continuation } });
            foreach (var head in page.Heads)
            {
                yield return head;
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new SimulationException($"{problem}.");
        }
    }
}
