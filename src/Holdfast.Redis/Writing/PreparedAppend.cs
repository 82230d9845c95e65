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
        Index = IndexEntry.Of(head);
        Keys = [keys.Head(Key), keys.Log(Key), keys.Index(Key.Tenant)];
        Arguments =
        [
            entry.Version,
            entry.CommitId.ToByteArray(),
            request.After.ToByteArray(),
            Instants.Floor(entry.At),
            entry.MessageCount,
            EntryFields.FlagsOf(entry),
            entry.BodyHash.ToByteArray(),

            // A copy: a call that timed out may still be in the queue when its caller uses the buffer again.
            entry.Body.ToArray(),
            head.KeyframeVersion,
            head.ChainHash.ToByteArray(),
            HeadJson.Write(head),
            (request.KeepExpiry ? "k" : "s") + (string?)Index.Expiry,
            Index.Terms,
            Index.Score,
            Key.Id.Value,
        ];
    }

    public ThreadKey Key { get; }

    public IndexEntry Index { get; }

    /// <summary>Head and log of the thread, then those of the index.</summary>
    public RedisKey[] Keys { get; }

    public RedisValue[] Arguments { get; }
}
