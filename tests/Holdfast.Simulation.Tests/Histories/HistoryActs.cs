using System.Text.RegularExpressions;

namespace Holdfast.Simulation.Tests.Histories;

/// <summary>What a client does with threads, one thing after the other, until there is nothing left to do.</summary>
internal static class HistoryActs
{
    private static readonly (int Weight, string Name, Func<HistoryClient, Task> Act)[] All =
    [
        (14, "commit", CommitAsync), (4, "stay open", StayOpenAsync), (4, "restore", RestoreAsync), (1, "roll back", RollBackAsync), (2, "label", LabelAsync), (1, "remove a label", UnlabelAsync),
        (4, "fork", ForkAsync), (4, "merge", MergeAsync), (2, "pick", PickAsync), (6, "trim", TrimAsync), (3, "redact", RedactAsync), (3, "archive", ArchiveAsync), (1, "erase", EraseAsync),
        (1, "expire", ExpireAsync), (2, "clean up", CleanUpAsync), (2, "load", LoadAsync), (2, "compare", CompareAsync),
    ];

    private static readonly int TotalWeight = All.Sum(act => act.Weight);

    public static async Task RunAsync(HistoryClient client)
    {
        while (client.World.TakeAct())
        {
            var (name, act) = Choose(client.World);
            client.World.Count(name);
            client.Intent = Intent.NoCommit(name);
            await client.StopAsync($"is about to {name}");
            try
            {
                await act(client);
                client.World.Count($"{name}, done");
            }
            catch (AgentStateException e) when (e is not CorruptStateException)
            {
                // It was told what happened, and does something else.
                client.World.Count($"{name}: {e.GetType().Name}");
            }
        }
    }

    private static (string Name, Func<HistoryClient, Task> Act) Choose(HistoryWorld world)
    {
        // Without the option, runs are what they were without it.
        if (world.Options.ArchiveRate > 0 && world.Chance(world.Options.ArchiveRate))
        {
            return ("archive", ArchiveAsync);
        }

        var number = world.Random.Next(TotalWeight);
        foreach (var (weight, name, act) in All)
        {
            number -= weight;
            if (number < 0)
            {
                return (name, act);
            }
        }

        throw new InvalidOperationException("The weights do not sum up.");
    }

    private static async Task CommitAsync(HistoryClient client)
    {
        var edits = Edits(client);
        var commit = await client.Store.UpdateAsync(client.World.SomeId(), session => Make(session, edits));
        client.World.Require(client.World.Hot.Lives.Any(life => life.Has(commit.Version, commit.CommitId)), $"{commit} was acknowledged and never appended");
    }

    private static async Task StayOpenAsync(HistoryClient client)
    {
        var session = await client.Store.OpenAsync(client.World.SomeId());
        for (var i = client.World.Random.Next(1, 12); i > 0; i--)
        {
            Make(session, Edits(client));
            await Acts.AgainAsync(() => session.CommitAsync().AsTask());
        }
    }

    private static async Task RestoreAsync(HistoryClient client)
    {
        if (client.World.SomeLife() is not { } life)
        {
            return;
        }

        var wanted = client.World.SomeVersion(life);
        client.Intent = Intent.To("restore", (_, made) => made.Body.Change.Restores == wanted ? made.Life.At(wanted) : throw new SimulationException($"{made.Body.Change.Restores} was restored, and not {wanted}"));
        await client.Store.Thread(life.Thread).RestoreAsync(wanted);
    }

    private static async Task RollBackAsync(HistoryClient client)
    {
        if (client.World.SomeLife() is { } life)
        {
            client.Intent = Intent.To("roll back", (_, made) => made.Life.At(made.Body.Change.Restores!.Value));
            await client.Store.Thread(life.Thread).RollbackAsync(client.World.Random.Next(1, 4));
        }
    }

    private static async Task LabelAsync(HistoryClient client)
    {
        if (client.World.SomeLife() is { } life)
        {
            var (label, version) = ($"l{client.World.Random.Next(2)}", Math.Max(0, life.Last - client.World.Random.Next(5)));
            client.Intent = Intent.To("label", (before, made) =>
            {
                made.Life.Labels[label] = version;
                return before;
            });
            await client.Store.Thread(life.Thread).LabelAsync(label, version, new() { Move = true });
        }
    }

    private static async Task UnlabelAsync(HistoryClient client)
    {
        if (client.World.SomeLife() is { } life)
        {
            var label = $"l{client.World.Random.Next(3)}";
            client.Intent = Intent.To("remove a label", (before, made) => made.Life.Labels.Remove(label) ? before : throw new SimulationException($"{made.Life} has no '{label}'"));
            await client.Store.Thread(life.Thread).RemoveLabelAsync(label);
        }
    }

    private static async Task ForkAsync(HistoryClient client)
    {
        if (client.World.SomeLife() is { } life)
        {
            client.Intent = Intent.NoChange("fork");
            await client.Store.Thread(life.Thread).ForkAsync(client.World.SomeFork(), new() { At = Math.Max(1, client.World.SomeVersion(life)) });
        }
    }

    private static async Task MergeAsync(HistoryClient client)
    {
        if (client.World.Histories.Standing.Where(life => life.IsFork).ToList() is { Count: > 0 } forks)
        {
            var policy = client.World.OneOf<ConflictPolicy>([ConflictPolicy.Fail, ConflictPolicy.Ours, ConflictPolicy.Theirs]);
            client.Intent = Intent.To("merge", (before, made) => Merged(client.World, before, made, policy)) with { IsLoose = true };
            try
            {
                await client.Store.Thread(client.World.OneOf(forks).Thread).MergeAsync(new() { OnConflict = policy });
            }
            catch (InvalidOperationException)
            {
                // It was erased, and another thread that is no fork was begun under its id.
            }
        }
    }

    private static Picture Merged(HistoryWorld world, Picture before, Made made, ConflictPolicy policy)
    {
        var merges = made.Body.Change.Merges!;
        var fork = world.Histories.Find(merges.Life);
        var from = before.Merged.GetValueOrDefault(fork.Id, fork.First);
        var (start, end) = (fork.At(from), fork.At(merges.Version));
        return before.Take(start, end, policy == ConflictPolicy.Theirs, key => key is not (Picture.Card or Picture.Doc)) with
        {
            Lines = [.. before.Lines, .. end.Lines.Where(line => line.Life == fork.Id && line.Version > from).Select(line => new Line(made.Life.Id, made.Version, line.Text))],
            Decisions = [.. before.Decisions, .. end.Decisions.Skip(start.Decisions.Count)],
            Merged = before.Merged.SetItem(fork.Id, merges.Version),
        };
    }

    private static async Task PickAsync(HistoryClient client)
    {
        if (client.World.SomeLife() is not { } source || client.World.SomeLife() is not { } life)
        {
            return;
        }

        var policy = client.World.OneOf<ConflictPolicy>([ConflictPolicy.Ours, ConflictPolicy.Theirs]);
        var commit = client.World.SomeVersion(source);
        client.Intent = new Intent("pick", (before, _) =>
            from other in client.World.Histories.All.ToList()
            where other.Thread == source.Thread && commit > 0 && other.Has(commit) && other.Has(commit - 1)
            select before.Take(other.At(commit - 1), other.At(commit), policy == ConflictPolicy.Theirs, key => key is not (Picture.Card or Picture.Doc)))
        { IsLoose = true };
        await client.Store.Thread(life.Thread).CherryPickAsync(source.Thread, commit, new() { OnConflict = policy });
    }

    private static async Task TrimAsync(HistoryClient client)
    {
        // Mostly the one that is followed.
        if ((client.World.Chance(0.5) ? client.World.Histories.Standing.FirstOrDefault(life => life.Thread == "a") : client.World.SomeLife()) is { } life)
        {
            // What is younger than a day stays.
            client.World.Time.Advance(client.World.Chance(0.7) ? TimeSpan.FromDays(2) : TimeSpan.Zero);
            int? most = client.World.Chance(0.7) ? client.World.Random.Next(1, 6) : null;
            client.Intent = Intent.To("trim", (before, _) => before.KeepLast(most ?? int.MaxValue));
            var plan = await client.Store.Thread(life.Thread).TrimAsync(new() { KeepVersions = client.World.Random.Next(1, 6), MaxMessages = most, LeastVersions = 1 });
            client.World.Count(plan?.DroppedVersions > 0 ? "dropped" : "not dropped");
        }
    }

    private static async Task RedactAsync(HistoryClient client)
    {
        if (client.World.SomeLife() is { } life && client.World.SomeSecretToRedact(life) is { } secret)
        {
            client.Intent = Intent.NoChange("redact") with { Redacts = true };
            var commits = client.World.Histories.Commits;
            var plan = await client.Store.Thread(life.Thread).RedactAsync(new() { Pattern = Regex.Escape(secret) });
            if (plan is not null && client.World.Histories.Standing.Contains(life))
            {
                await client.World.Histories.RequireRedactedAsync(secret, life.Root, commits);
                client.World.Redacted.Add(secret);
            }

            client.World.Count(plan is { IsEmpty: false } ? "redacted" : "nothing to redact");
        }
    }

    private static async Task ArchiveAsync(HistoryClient client)
    {
        client.Intent = Intent.NoChange("archive");
        var options = new ArchiveOptions { OlderThan = TimeSpan.Zero, CheckOrphans = client.World.Chance(0.3), Query = new() { Deleted = DeletedFilter.Include, IdPrefix = client.World.SomeId().Value } };
        var result = await RunAsync();
        client.World.Count(result.Archived > 0 ? "archived" : result.Skipped > 0 ? "not archived: changed meanwhile" : result.Failures.Count > 0 ? $"not archived: {result.Failures[0].Error.GetType().Name}" : "nothing to archive");

        // What fails is run again after a while, as a host does it.
        async Task<ArchiveResult> RunAsync()
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await client.Store.ArchiveAsync(options);
                }
                catch (StoreUnavailableException) when (attempt < 5)
                {
                }
            }
        }
    }

    private static async Task EraseAsync(HistoryClient client) => await client.Store.Thread(client.World.SomeId()).EraseAsync();

    private static async Task ExpireAsync(HistoryClient client)
        => await client.Store.Thread(client.World.SomeId()).ExtendAsync(TimeSpan.FromMilliseconds(client.World.Random.Next(1, 60)));

    private static async Task CleanUpAsync(HistoryClient client) => await client.Store.CleanupAsync(new() { CheckForks = client.World.Chance(0.5) });

    private static async Task LoadAsync(HistoryClient client)
    {
        if (client.World.SomeLife() is not { } life)
        {
            return;
        }

        var histories = client.World.Histories;
        var version = client.World.SomeVersion(life);
        try
        {
            if (await client.Store.LoadAsync(life.Thread, version) is { Version: > 0 } state)
            {
                var read = histories.Find(state.Position!.Value.Life);
                histories.RequireSame(read, read.At(version), state, "was read");
            }
        }
        catch (HistoryDroppedException)
        {
            client.World.Require(histories.All.Any(other => other.Thread == life.Thread && (version < other.First || !other.IsWhole(version))), $"version {version} of {life} was told to be dropped, and is there");
        }
    }

    private static async Task CompareAsync(HistoryClient client)
    {
        if (client.World.SomeLife() is { } life)
        {
            var diff = await client.Store.Thread(life.Thread).DiffAsync(client.World.SomeVersion(life), client.World.SomeVersion(life));
            client.World.Count(diff is null ? "nothing to compare" : "compared");
        }
    }

    private static IReadOnlyList<Edit> Edits(HistoryClient client)
    {
        var edits = Edit.Some(client.World);
        client.Intent = Intent.To("commit", (before, made) => edits.Aggregate(before, (picture, edit) => edit.Apply(picture, made.Life.Id, made.Version)));
        return edits;
    }

    private static void Make(ThreadSession session, IReadOnlyList<Edit> edits)
    {
        foreach (var edit in edits)
        {
            edit.Make(session);
        }
    }
}
