using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Logs;

namespace Holdfast.Simulation.Tests.Histories;

/// <summary>What must hold once all clients have stopped.</summary>
internal static class HistoryInvariants
{
    public static async Task CheckAsync(HistoryWorld world, IReadOnlyList<Follower> followers)
    {
        world.Current = null;
        await Invariants.CheckAsync(world);
        foreach (var follower in followers)
        {
            await follower.CheckAsync();
        }

        await CheckThreadsAsync(world);
        await CheckRedactionsAsync(world);
        await EraseAllAsync(world);
    }

    // Each version of each thread is what it was, or is told to be gone.
    private static async Task CheckThreadsAsync(HistoryWorld world)
    {
        foreach (var life in world.Histories.Standing)
        {
            for (var version = life.First; version <= life.Last; version++)
            {
                await world.Histories.CompareAsync(life, version, "is read in the end");
            }

            var thread = world.Histories.Witness.Thread(life.Thread);
            var labels = (await thread.LabelsAsync()).ToDictionary(label => label.Name, label => label.Version);
            world.Require(labels.OrderBy(label => label.Key).SequenceEqual(life.Labels.OrderBy(label => label.Key)), $"{life} has other labels than it was given");
            await CheckRecordAsync(world, life);
            await CheckDecisionsAsync(world, life);
            var report = (await thread.VerifyAsync())!;
            world.Require(report.IsIntact, $"{life} is not intact: {string.Join("; ", report.Problems)}");
        }
    }

    // A fork may begin at a version whose record was dropped, and retention may drop one while a restore brings back its name.
    private static async Task CheckRecordAsync(HistoryWorld world, HistoryLife life)
    {
        try
        {
            var doc = (await world.Histories.Witness.Thread(life.Thread).ReadRecordAsync("doc"))?.GetRawText();
            world.Require(doc == life.Newest.Keys.GetValueOrDefault(Picture.Doc), $"the record of {life} is {doc}");
        }
        catch (HistoryDroppedException) when (life.HasGaps)
        {
        }
    }

    // The newest ones first; retention may have dropped older ones.
    private static async Task CheckDecisionsAsync(HistoryWorld world, HistoryLife life)
    {
        var listed = new List<string>();
        try
        {
            await foreach (var decision in world.Histories.Witness.Thread(life.Thread).DecisionsAsync())
            {
                listed.Add(decision.Text);
            }
        }
        catch (HistoryDroppedException) when (life.HasGaps)
        {
            var kept = life.Newest.Decisions.Reverse().Take(listed.Count);
            world.Require(listed.SequenceEqual(kept), $"the decisions of {life} are not those that were made");
            return;
        }

        world.Require(listed.SequenceEqual(life.Newest.Decisions.Reverse()), $"{life} has the decisions [{string.Join(", ", listed)}]");
    }

    // What was redacted, is not stored any more once a redaction has ended that nobody disturbs.
    private static async Task CheckRedactionsAsync(HistoryWorld world)
    {
        world.LastIntent = Intent.NoChange("redact") with { Redacts = true };
        var store = new AgentStateStore(world.Front, new() { TimeProvider = new FakeTimeProvider(DateTimeOffset.UnixEpoch), Archive = world.Cold });
        foreach (var secret in world.Redacting)
        {
            foreach (var life in world.Histories.Standing)
            {
                await store.Thread(life.Thread).RedactAsync(new() { Pattern = Regex.Escape(secret) });
            }

            foreach (var life in world.Histories.Standing)
            {
                await foreach (var entry in world.Hot.ReadAsync(ThreadKey.Of(life.Thread)).Concat(world.Cold.ReadAsync(new ReadRequest { Key = ThreadKey.Of(life.Thread), Life = life.Id })))
                {
                    world.Require(!Encoding.UTF8.GetString(entry.Body.Span).Contains(secret, StringComparison.Ordinal), $"version {entry.Version} of {life} still has '{secret}'");
                }
            }
        }

        world.LastIntent = Intent.NoCommit("the check");
    }

    // Forks need nothing that an erase takes away, and in the end nothing is left.
    private static async Task EraseAllAsync(HistoryWorld world)
    {
        var store = new AgentStateStore(world.Front, new() { TimeProvider = world.Time, Archive = world.Cold });
        await store.CleanupAsync(new() { CheckForks = true });
        foreach (var life in world.Histories.Standing.OrderBy(_ => world.Random.Next()).ToList())
        {
            await store.Thread(life.Thread).EraseAsync();
            foreach (var other in world.Histories.Standing)
            {
                await world.Histories.CompareAsync(other, other.Last, $"is read after {life} was erased");
            }
        }

        await store.CleanupAsync(new() { CheckForks = true });
        world.Require(world.Hot.Standing.Count == 0, $"everything was erased, and [{string.Join(", ", world.Hot.Standing.Keys)}] are left");
        await store.ArchiveAsync(new() { CheckOrphans = true });
        world.Require(world.Cold.Standing.Count == 0, $"everything was erased, and the archive has [{string.Join(", ", world.Cold.Standing.Keys)}]");
    }
}
