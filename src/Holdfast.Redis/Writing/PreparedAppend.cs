using System.Globalization;
using Holdfast.Logs;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>An append as the script takes it.</summary>
internal sealed class PreparedAppend
{
    public PreparedAppend(AppendRequest request, RedisKeys keys)
    {
        var (entry, head) = (request.Entry, request.Head);
        Key = entry.Key;
        At = head.UpdatedAt;
        Index = IndexEntry.Of(head);
        Keys = [keys.Head(Key), keys.Log(Key), keys.Updated(Key.Tenant)];
        Arguments =
        [
            HeadState.WriteBefore(request),
            string.Create(CultureInfo.InvariantCulture, $"{entry.Version}-0"),
            EntryFields.MetaOf(entry),

            // A copy: a call that timed out may still be in the queue when its caller uses the buffer again.
            entry.Body.ToArray(),
            HeadState.Write(head),
            HeadJson.Write(head),
            (request.KeepExpiry ? "k" : "s") + (string?)Index.Expiry,
            Index.Score,
            Key.Id.Value,
            Index.Terms,
        ];
    }

    public ThreadKey Key { get; }

    /// <summary>When the commit was made, by the clock of its process.</summary>
    public DateTimeOffset At { get; }

    public IndexEntry Index { get; }

    /// <summary>Head and log of the thread, then the one of the index.</summary>
    public RedisKey[] Keys { get; }

    public RedisValue[] Arguments { get; }
}
