using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Items;
using Holdfast.DynamoDb.Requests;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Maintenance;

/// <summary>
/// Rewrites threads. The new bodies are staged beside the thread; one transaction on the head decides that they are the bodies from now on, and which versions are dropped.
/// Readers obey the decision at once. Then the bodies take their places, step by step; after a crash the next rewrite, or the sweeper, goes on.
/// </summary>
internal sealed class Rewriter(Table table, BodyStore bodies, StagedBodies staged, RewriteLeftovers leftovers, EntryRemover entries, TimeProvider time)
{
    // With an update, a removal and a note for each, so many stay below the limits of a transaction.
    private const int BatchSize = 20;

    public async ValueTask<bool> RewriteAsync(
        ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await table.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is not { IsErased: false } head)
            {
                return false;
            }

            if (head.Rewriting is not null)
            {
                await FinishAsync(head).ConfigureAwait(false);
                continue;
            }

            RewriteRules.Check(head.Head, head.First, replacements, dropBelow);
            if (replacements.Count == 0 && dropBelow <= head.First)
            {
                return true;
            }

            var work = await StageAsync(key, replacements, cancellationToken).ConfigureAwait(false);
            if (await DecideAsync(head, work, dropBelow, cancellationToken).ConfigureAwait(false) is { } decided)
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

    /// <summary>Carries out what was decided; whoever does it at the same time is no hindrance.</summary>
    public async Task FinishAsync(HeadItem head)
    {
        var (key, rewrite) = (head.Head.Key, head.Rewriting!);
        while (await staged.ReadAsync(rewrite, 0, uint.MaxValue, BatchSize, CancellationToken.None).ConfigureAwait(false) is { Count: > 0 } page)
        {
            foreach (var batch in page.Chunk(BatchSize))
            {
                if (!await ApplyAsync(key, rewrite, batch).ConfigureAwait(false))
                {
                    return;
                }
            }
        }

        if (await entries.RemoveAsync(key, head.First - 1, Attr.Rewriting, rewrite).ConfigureAwait(false))
        {
            var expression = new Expression();
            await table.TransactAsync(
                $"finish a rewrite of thread '{key}'",
                [
                    table.Update(Keys.HeadOf(key), expression, Stands(expression, rewrite), [new(Attr.Rewriting, null)]),
                    table.Delete(WorkItem.KeyOf(rewrite)),
                ],
                CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<WorkItem> StageAsync(ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, CancellationToken cancellationToken)
    {
        var ordered = replacements.OrderBy(replacement => replacement.Key).ToList();
        var work = bodies.Begin(ordered.ConvertAll(replacement => replacement.Value), key);
        await bodies.UploadAsync(work, ordered.ConvertAll(replacement => replacement.Value), cancellationToken).ConfigureAwait(false);
        var next = 0;
        foreach (var (version, body) in ordered)
        {
            var stored = BodyStore.Uploaded(body, work, next);
            await staged.WriteAsync(work, version, stored, cancellationToken).ConfigureAwait(false);
            next += stored.Chunks?.Count ?? 0;
        }

        return work;
    }

    /// <summary>Decides; the head after it, or null if the thread is not as it was read.</summary>
    private async Task<HeadItem?> DecideAsync(HeadItem head, WorkItem work, long dropBelow, CancellationToken cancellationToken)
    {
        var decided = head with { Rewriting = work.Name, Rewrite = work.Name, First = Math.Max(head.First, dropBelow) };
        var (expression, open) = (new Expression(), new Expression());

        // Appends meanwhile do not matter: they move the newest keyframe on, never back.
        var condition = string.Join(
            " AND ",
            expression.Is(Attr.Life, head.Life),
            expression.Is(Attr.First, Values.Of(head.First)),
            expression.Is(Attr.Rewrite, head.Rewrite),
            expression.Missing(Attr.Rewriting),
            expression.Missing(Attr.Erased));
        var reasons = await table.TransactAsync(
            $"rewrite thread '{head.Head.Key}'",
            [
                table.Update(
                    Keys.HeadOf(head.Head.Key),
                    expression,
                    condition,
                    [new(Attr.Rewriting, new(work.Name)), new(Attr.Rewrite, new(work.Name)), new(Attr.First, Values.Of(decided.First))]),
                table.Check(work.Key, open, WorkItem.IsOpenCondition(open)),
            ],
            cancellationToken).ConfigureAwait(false);
        return reasons is null ? decided : null;
    }

    /// <summary>Lets staged bodies take the places of the old ones.</summary>
    /// <returns>Whether the decision stands still: if not, someone else has carried it out.</returns>
    private async Task<bool> ApplyAsync(ThreadKey key, string rewrite, (long Version, StoredBody Body)[] batch)
    {
        var items = await table.GetManyAsync(
            $"read entries of thread '{key}' to rewrite", [.. batch.Select(found => Keys.Item(Keys.Thread(key), Keys.Entry(found.Version)))], CancellationToken.None).ConfigureAwait(false);
        var standing = items.ToDictionary(item => Keys.ParseVersion(item[Attr.Sort].S));
        var check = new Expression();
        List<TransactWriteItem> writes = [table.Check(Keys.HeadOf(key), check, Stands(check, rewrite))];
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
            writes.Add(table.Update(Keys.Item(Keys.Thread(key), Keys.Entry(version)), expression, condition, StagedBodies.Changes(body)));
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

    private static string Stands(Expression expression, string rewrite) => $"{expression.Is(Attr.Rewriting, rewrite)} AND {expression.Missing(Attr.Erased)}";
}
