using System.Runtime.CompilerServices;
using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Reading;

/// <summary>Streams entries, page after page. All are of the life that the thread has when reading begins.</summary>
internal sealed class EntryStream(Table table, EntryPages pages, Sender sender)
{
    private const int FirstPage = 32;
    private const int LargestPage = 512;
    private const int Attempts = 5;

    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var key = request.Key;
        if (await table.GetBoundsAsync(key, cancellationToken).ConfigureAwait(false) is not { } head || (request.Life is { } life && life != head.Head.Life))
        {
            yield break;
        }

        var (from, to) = (Math.Max(request.From, head.Head.FirstVersion), Math.Min(request.To, head.Head.Version));
        var forward = request.Direction == ReadDirection.Forward;
        var replaced = await pages.ReadStagedAsync(head, from, to, cancellationToken).ConfigureAwait(false);
        var (limit, attempt) = (FirstPage, 0);
        EntryItem? before = null;
        while (from <= to)
        {
            var page = await pages.ReadAsync(head, from, to, request.Direction, (int)Math.Min(limit, to - from + 1), cancellationToken).ConfigureAwait(false);
            limit = Math.Min(limit * 2, LargestPage);
            var stumbled = page.Count == 0;
            foreach (var stored in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var expected = forward ? from : to;
                var item = EntryItem.Read(stored, key, head.Place, expected);
                var isGap = item.Entry.Version != expected;
                if ((isGap || (before is not null && !AreLinked(before, item, forward))) && attempt < Attempts)
                {
                    stumbled = true;
                    break;
                }

                var entry = await pages.FillAsync(item, replaced, cancellationToken).ConfigureAwait(false);
                if (entry is null && attempt < Attempts)
                {
                    stumbled = true;
                    break;
                }

                yield return entry ?? throw new CorruptStateException(key, item.Entry.Version, "a part of its body is missing.");
                (before, attempt) = (item, 0);
                (from, to) = forward ? (item.Entry.Version + 1, to) : (from, item.Entry.Version - 1);
            }

            if (stumbled)
            {
                // Either the thread was rewritten or erased meanwhile, or the other half of an append is about to appear, or it is damaged.
                if (attempt++ >= Attempts || await table.GetBoundsAsync(key, cancellationToken).ConfigureAwait(false) is not { } now || now.Head.Life != head.Head.Life)
                {
                    yield break;
                }

                await sender.PauseAsync(attempt, cancellationToken).ConfigureAwait(false);
                (head, from) = (now, Math.Max(from, now.Head.FirstVersion));
                replaced = await pages.ReadStagedAsync(now, from, to, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static bool AreLinked(EntryItem one, EntryItem next, bool forward)
    {
        var (older, newer) = forward ? (one, next) : (next, one);
        return newer.Entry.Version != older.Entry.Version + 1 || newer.Chain == ChainHash.Next(older.Chain, newer.Entry);
    }
}
