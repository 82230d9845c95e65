using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Lists the commits of a thread.</summary>
internal static class ThreadLog
{
    /// <inheritdoc cref="ThreadHandle.LogAsync(LogQuery?, CancellationToken)"/>
    public static async IAsyncEnumerable<CommitInfo> ReadAsync(
        StoreContext store, ThreadKey key, LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reading = Stopwatch.StartNew();
        if (await RangeAsync(store, key, query, cancellationToken).ConfigureAwait(false) is not var (head, from, to) || from > to)
        {
            yield break;
        }

        var walk = new EntryWalk(store.Bodies, key)
        {
            Expected = query.Ascending ? from : to,
            Direction = query.Ascending ? ReadDirection.Forward : ReadDirection.Backward,
            NewestKeyframe = head.KeyframeVersion,
            AllowsDropped = true,
        };
        var request = new ReadRequest { Key = key, From = from, To = to, Life = head.Life };
        long commits = 0;
        await foreach (var opened in walk.ReadAsync(store.Calls, request, query.Ascending ? to : from, cancellationToken).ConfigureAwait(false))
        {
            if (CommitInfo.Of(opened.Entry, opened.Body) is var commit && query.Matches(commit, opened.Body.Change.Sections))
            {
                // What the caller does with it is not reading.
                reading.Stop();
                yield return commit;
                reading.Start();
                commits++;
            }
        }

        Telemetry.LogRead(reading.Elapsed);
        StoreLog.LogRead(store.Logger, key, commits, reading.Elapsed.TotalMilliseconds);
    }

    // A label is folded state; everything else is known from the head, or found by it.
    private static async ValueTask<(ThreadHead Head, long From, long To)?> RangeAsync(StoreContext store, ThreadKey key, LogQuery query, CancellationToken cancellationToken)
    {
        ThreadState? newest = null;
        ThreadHead? head;
        if (query.From.Label is not null || query.To.Label is not null)
        {
            var tail = await store.Calls.ReadTailAsync(key, cancellationToken: cancellationToken).ConfigureAwait(false);
            (head, newest) = (tail?.Head, tail is null ? null : TailFold.Of(store.Bodies, tail).State);
        }
        else
        {
            head = await store.Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
        }

        if (head is null || !await store.IsVisibleAsync(head, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        var points = new PointResolver(store, head, () => newest);
        var from = query.From.Version ?? await points.FindEndAsync(query.From, cancellationToken).ConfigureAwait(false);
        var to = await points.FindEndAsync(query.To, cancellationToken).ConfigureAwait(false);
        return (head, Math.Max(from, head.FirstVersion), to);
    }
}
