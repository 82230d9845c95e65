using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Maintenance;

/// <summary>
/// Rewrites threads. The new bodies are staged beside the thread; one transaction on the head decides that they are the bodies from now on, and which versions are dropped.
/// Readers obey the decision at once. Then the bodies take their places, step by step; after a crash the next rewrite or erase, or the sweeper, goes on.
/// </summary>
internal sealed class Rewriter(Table table, BodyStore bodies, StagedBodies staged, RewriteLeftovers leftovers, EntryRemover remover, TimeProvider time)
{
    // With an update, a removal and a note for each, so many stay below the limits of a transaction.
    private const int BatchSize = 20;

    public async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await table.GetHeadAsync(request.Key, cancellationToken).ConfigureAwait(false) is not { } head)
            {
                return false;
            }

            if (head.Rewriting is not null)
            {
                await FinishAsync(head).ConfigureAwait(false);
                continue;
            }

            if (request.IfUnchanged is { } stamp && head.Head.Stamp != stamp)
            {
                return false;
            }

            RewriteRules.Check(request, head.Head, await IsKeyframeAsync(request, head, cancellationToken).ConfigureAwait(false));
            if (!RewriteRules.Changes(request, head.Head))
            {
                return true;
            }

            var work = await StageAsync(request, head.Head.Life, cancellationToken).ConfigureAwait(false);
            if (await DecideAsync(head, work, request, cancellationToken).ConfigureAwait(false) is { } decided)
            {
                await FinishAsync(decided).ConfigureAwait(false);
                return true;
            }

            if (await bodies.CloseAsync(work, CancellationToken.None).ConfigureAwait(false))
            {
                await leftovers.RemoveAsync(work.Name).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Carries out what was decided. Safe to run concurrently.</summary>
    public async Task FinishAsync(HeadItem head)
    {
        var (key, place, rewrite) = (head.Head.Key, head.Place, head.Rewriting!);
        while (await staged.ReadAsync(rewrite, 0, uint.MaxValue, BatchSize, CancellationToken.None).ConfigureAwait(false) is { Count: > 0 } page)
        {
            foreach (var batch in page.Chunk(BatchSize))
            {
                if (!await ApplyAsync(key, place, rewrite, batch).ConfigureAwait(false))
                {
                    return;
                }
            }
        }

        if (await remover.RemoveAsync(place.Partition, place.Sort(0), place.Sort(head.Head.FirstVersion - 1), () => [StandsStill(key, rewrite)]).ConfigureAwait(false))
        {
            var expression = new Expression();
            await table.TransactAsync(
                $"finish a rewrite of thread '{key}'",
                [
                    table.Update(Keys.HeadOf(key), expression, expression.Is(Attr.Rewriting, rewrite), [new(Attr.Rewriting, null)]),
                    table.Delete(WorkItem.KeyOf(rewrite)),
                ],
                CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<bool> IsKeyframeAsync(RewriteRequest request, HeadItem head, CancellationToken cancellationToken)
    {
        var (key, version) = (request.Key, request.DropBelow);
        if (!RewriteRules.Drops(request, head.Head) || version >= head.Head.KeyframeVersion)
        {
            return version == head.Head.KeyframeVersion;
        }

        return await table.GetAsync($"read version {version} of thread '{key}'", head.Place.Entry(version), cancellationToken).ConfigureAwait(false) is { } item
            && EntryItem.Read(item, key, head.Place, version).Entry.IsKeyframe;
    }

    private async Task<WorkItem> StageAsync(RewriteRequest request, CommitId life, CancellationToken cancellationToken)
    {
        var ordered = request.Replacements.OrderBy(replacement => replacement.Key).ToList();
        var work = bodies.Begin(ordered.ConvertAll(replacement => replacement.Value), request.Key, life);
        await bodies.UploadAsync(work, ordered.ConvertAll(replacement => replacement.Value), cancellationToken).ConfigureAwait(false);
        var next = 0;
        foreach (var (version, body) in ordered)
        {
            var stored = BodyStore.Uploaded(body, work, next);
            await staged.WriteAsync(work, version, new(stored, Digest.Compute(body.Span)), cancellationToken).ConfigureAwait(false);
            next += stored.Chunks?.Count ?? 0;
        }

        return work;
    }

    /// <summary>Decides; the head after it, or null if the thread is not as it was read.</summary>
    private async Task<HeadItem?> DecideAsync(HeadItem head, WorkItem work, RewriteRequest request, CancellationToken cancellationToken)
    {
        var after = RewriteRules.HeadAfter(request, head.Head);
        var (expression, open) = (new Expression(), new Expression());

        // Unless the caller minds, appends meanwhile do not matter: they move the newest keyframe on, never back.
        var condition = $"{expression.IsAt(head.Head.Stamp, appendsMatter: request.IfUnchanged is not null)} AND {expression.Missing(Attr.Rewriting)}";
        var reasons = await table.TransactAsync(
            $"rewrite thread '{request.Key}'",
            [
                table.Update(
                    Keys.HeadOf(request.Key),
                    expression,
                    condition,
                    [new(Attr.Rewriting, new(work.Name)), new(Attr.First, Values.Of(after.FirstVersion)), .. HeadItem.Revision(after.Revision)]),
                table.Check(work.Key, open, WorkItem.IsOpenCondition(open)),
            ],
            cancellationToken).ConfigureAwait(false);
        return reasons is null ? new(after, work.Name) : null;
    }

    /// <summary>Lets staged bodies take the places of the old ones.</summary>
    /// <returns>Whether the decision stands still: if not, someone else has carried it out.</returns>
    private async Task<bool> ApplyAsync(ThreadKey key, Place place, string rewrite, (long Version, StagedBody Body)[] batch)
    {
        var items = await table.GetManyAsync(
            $"read entries of thread '{key}' to rewrite", [.. batch.Select(found => place.Entry(found.Version))], CancellationToken.None).ConfigureAwait(false);
        var standing = items.ToDictionary(item => place.VersionOf(item[Attr.Sort].S) ?? 0);
        List<TransactWriteItem> writes = [StandsStill(key, rewrite)];
        var notes = new List<WorkItem>();
        foreach (var (version, body) in batch)
        {
            writes.Add(table.Delete(StagedBodies.KeyOf(rewrite, version)));
            if (!standing.TryGetValue(version, out var entry))
            {
                continue;
            }

            var old = ChunkRange.Read(entry);
            var expression = new Expression();
            var condition = $"{expression.Exists(Attr.Partition)} AND {expression.Is(Attr.Upload, old?.Upload)}";
            writes.Add(table.Update(place.Entry(version), expression, condition, StagedBodies.Changes(body)));
            if (old is not null && old.Upload != rewrite)
            {
                notes.Add(WorkItem.ToDiscard(old, time.GetUtcNow()));
                writes.Add(table.Put(notes[^1].Write()));
            }
        }

        if (await table.TransactAsync($"rewrite entries of thread '{key}'", writes, CancellationToken.None).ConfigureAwait(false) is { } reasons)
        {
            // If it is an entry that was not as expected, another has rewritten it just now.
            return reasons[0].Code is null or "None";
        }

        foreach (var note in notes)
        {
            await bodies.DiscardAsync(note, CancellationToken.None).ConfigureAwait(false);
        }

        return true;
    }

    private TransactWriteItem StandsStill(ThreadKey key, string rewrite)
    {
        var expression = new Expression();
        return table.Check(Keys.HeadOf(key), expression, expression.Is(Attr.Rewriting, rewrite));
    }
}
