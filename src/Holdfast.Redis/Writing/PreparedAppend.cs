using System.Globalization;
using Holdfast.Logs;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Rows;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>An append as the script takes it.</summary>
internal sealed class PreparedAppend
{
    private const int HowExpiry = 6;

    public PreparedAppend(AppendRequest request, RedisKeys keys)
    {
        Request = request;
        var (entry, head) = (request.Entry, request.Head);
        Index = IndexEntry.Of(head);
        Keys = [keys.Head(entry.Key), keys.Log(entry.Key), keys.Head(AppendRules.TrunkInTheWay(request) ?? entry.Key), keys.Updated(IndexScope.Of(entry.Key))];
        Arguments =
        [
            HeadState.WriteBefore(request),
            string.Create(CultureInfo.InvariantCulture, $"{entry.Version}-0"),
            EntryFields.MetaOf(entry),

            // A copy: a call that timed out may still be in the queue when its caller uses the buffer again.
            entry.Body.ToArray(),
            HeadState.Write(head),
            HeadJson.Write(head),
            $"{KeepOrSet}!{(string?)Index.Expiry}",
            Index.Score,
            entry.Key.Id.Value,
            Index.Terms,
        ];
        if (request.Begins)
        {
            Arguments = [.. Arguments, head.Life.ToByteArray(), .. head.Properties.SelectMany(property => GuardedText.Write(HeadFields.BeforeProperty + property.Key, property.Value))];
        }
    }

    public AppendRequest Request { get; }

    public ThreadKey Key => Request.Entry.Key;

    public IndexEntry Index { get; }

    /// <summary>Head and log of the thread, the head of the trunk that may be in the way of its beginning, then the one of the index.</summary>
    public RedisKey[] Keys { get; }

    public RedisValue[] Arguments { get; }

    /// <summary>The arguments of an append that is only made if it changes nothing that the index must be told of before.</summary>
    public RedisValue[] ArgumentsIfTheIndexNeedNotKnow
    {
        get
        {
            var arguments = (RedisValue[])Arguments.Clone();
            arguments[HowExpiry] = $"{KeepOrSet}?{(string?)Index.Expiry}";
            return arguments;
        }
    }

    private char KeepOrSet => Request.KeepExpiry ? 'k' : 's';
}
