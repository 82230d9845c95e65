using System.Runtime.CompilerServices;
using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Items;
using Holdfast.DynamoDb.Requests;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Reading;

/// <summary>Streams entries, page after page.</summary>
internal sealed class EntryStream(Table table, EntryPages pages, Sender sender)
{
    private const int FirstPage = 32;
    private const int LargestPage = 512;
    private const int Attempts = 5;

    public async IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key, long from, long to, ReadDirection direction, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await table.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is not { IsErased: false } head)
        {
            yield break;
        }

        (from, to) = (Math.Max(from, head.First), Math.Min(to, head.Head.Version));
        var forward = direction == ReadDirection.Forward;
        var replaced = await pages.ReadStagedAsync(head, from, to, cancellationToken).ConfigureAwait(false);
        var (limit, attempt) = (FirstPage, 0);
        EntryItem? before = null;
        while (from <= to)
        {
            var page = await pages.ReadAsync(key, from, to, direction, (int)Math.Min(limit, to - from + 1), cancellationToken).ConfigureAwait(false);
            limit = Math.Min(limit * 2, LargestPage);
            var stumbled = page.Count == 0;
            foreach (var item in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var expected = forward ? from : to;
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
                if (attempt++ >= Attempts
                    || await table.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is not { IsErased: false } now
                    || now.Life != head.Life)
                {
                    yield break;
                }

                await sender.PauseAsync(attempt, cancellationToken).ConfigureAwait(false);
                from = Math.Max(from, now.First);
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
