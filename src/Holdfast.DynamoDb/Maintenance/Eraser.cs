using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Maintenance;

/// <summary>
/// Erases threads. One transaction removes the head and leaves a note: from then on there is no such thread, and its id is free. Then pins and entries of that life are
/// removed, and the note last. After a crash the sweeper goes on.
/// </summary>
internal sealed class Eraser(Table table, RewriteLeftovers leftovers, EntryRemover remover, TimeProvider time)
{
    // The last sort key that begins so is followed by the next character.
    private const char AfterAll = ';';

    public async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken)
    {
        var key = request.Key;
        while (await table.GetAsync($"read the head of thread '{key}'", Keys.HeadOf(key), cancellationToken).ConfigureAwait(false) is { } head)
        {
            if (request.IfUnchanged is { } stamp && HeadItem.Read(head, key).Head.Stamp != stamp)
            {
                return false;
            }

            var places = await PlacesAsync(key, head, cancellationToken).ConfigureAwait(false);
            if (await DecideAsync(request, head, places, cancellationToken).ConfigureAwait(false))
            {
                if (head.Text(Attr.Rewriting) is { } rewrite)
                {
                    await leftovers.RemoveAsync(rewrite).ConfigureAwait(false);
                }

                foreach (var place in places)
                {
                    await FinishAsync(place).ConfigureAwait(false);
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Removes what is left of an erased life. Safe to run concurrently.</summary>
    /// <returns>Whether there was a note of it.</returns>
    public async Task<bool> FinishAsync(Place place)
    {
        if (await table.GetAsync("read the note of an erase", place.Erase, CancellationToken.None).ConfigureAwait(false) is null)
        {
            return false;
        }

        // Pins first and the oldest entries last: as long as anything is left, the first entry is, which is in the way of who would begin with it. The life may
        // have come back, in a copy; then what is left is not touched any more.
        foreach (var range in (string[])[place.Pins, place.Entries])
        {
            if (!await remover.RemoveAsync(place.Partition, range, range[..^1] + AfterAll, () => Names(place).Select(name => HasNot(name, place))).ConfigureAwait(false))
            {
                break;
            }
        }

        await table.DeleteAsync("remove the note of an erase", place.Erase, CancellationToken.None).ConfigureAwait(false);
        return true;
    }

    /// <summary>Decides, if the thread is the one whose head was read.</summary>
    private async Task<bool> DecideAsync(EraseRequest request, Item head, List<Place> places, CancellationToken cancellationToken)
    {
        var expression = new Expression();
        var condition = string.Join(
            " AND ",
            expression.Exists(Attr.Partition),
            request.IfUnchanged is { } stamp ? expression.IsAt(stamp) : expression.Is(Attr.Life, head.GetValueOrDefault(Attr.Life)),
            expression.Is(Attr.Rewriting, head.GetValueOrDefault(Attr.Rewriting)));
        List<TransactWriteItem> writes = [table.Delete(Keys.HeadOf(request.Key), expression, condition), .. places.Select(place => table.Put(Note(place)))];
        return await table.TransactAsync($"erase thread '{request.Key}'", writes, cancellationToken).ConfigureAwait(false) is null;
    }

    private Item Note(Place place)
    {
        var note = place.Erase;
        note.Add(Attr.Shard, new(Keys.WorkShard));
        note.Add(Attr.At, Values.Of(time.GetUtcNow()));
        return note;
    }

    /// <summary>Where the items of a thread stand. If its head is so damaged that it does not tell its life, they are all that no trunk has.</summary>
    private async Task<List<Place>> PlacesAsync(ThreadKey key, Item head, CancellationToken cancellationToken)
    {
        if (key.Space == ThreadSpace.Trunks)
        {
            return [Place.Of(key, default)];
        }

        if (Place.ParseLife(head.Text(Attr.Life)) is { } life)
        {
            return [Place.Of(key, life)];
        }

        var places = new List<Place>();
        foreach (var found in await remover.LivesAsync(Keys.Thread(key), cancellationToken).ConfigureAwait(false))
        {
            if (await table.GetHeadAsync(ThreadKey.Trunk(key, found), cancellationToken).ConfigureAwait(false) is null)
            {
                places.Add(Place.Of(key, found));
            }
        }

        return places;
    }

    /// <summary>Checks for a transaction that begins a life which is not new: that it has no other name, and that no erase of it is under way.</summary>
    public List<TransactWriteItem> IsFree(ThreadKey key, CommitId life)
    {
        var (place, expression) = (Place.Of(key, life), new Expression());
        return [table.Check(place.Erase, expression, expression.Missing(Attr.Partition)), .. Names(place).Where(name => name != key).Select(name => HasNot(name, place))];
    }

    /// <summary>Whether the life is there under its other name: that of a trunk, or the one that the thread had before it became a trunk.</summary>
    public async Task<bool> IsElsewhereAsync(ThreadKey key, CommitId life)
    {
        var place = Place.Of(key, life);
        foreach (var name in Names(place).Where(name => name != key))
        {
            if ((await table.GetHeadAsync(name, CancellationToken.None).ConfigureAwait(false))?.Place == place)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The keys under which a life can stand: that of the thread, and that of its trunk.</summary>
    private static IEnumerable<ThreadKey> Names(Place place)
    {
        if (Keys.TryParseThread(place.Partition, out var thread) && Place.ParseLife(place.Life) is { } life)
        {
            return thread.Space == ThreadSpace.Threads ? [thread, ThreadKey.Trunk(thread, life)] : [thread];
        }

        return [];
    }

    private TransactWriteItem HasNot(ThreadKey name, Place place)
    {
        var expression = new Expression();
        return table.Check(
            Keys.HeadOf(name),
            expression,
            name.Space == ThreadSpace.Trunks ? expression.Missing(Attr.Partition) : $"{expression.Missing(Attr.Life)} OR {expression[Attr.Life]} <> {expression.Value(place.Life)}");
    }
}
