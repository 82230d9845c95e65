using Holdfast.Redis.Keys;
using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>Finds keys of Holdfast that hold something else, which the server refuses without saying which it was.</summary>
internal static class OtherKinds
{
    /// <summary>The error for a call that the server refused because of one of its keys.</summary>
    public static async Task<CorruptStateException> ExplainAsync(RedisConnection connection, RedisLink link, RedisKey[] all, Exception error)
    {
        IReadOnlyList<(RedisKey Key, string Kind)> found = [];
        try
        {
            found = await FindAsync(connection, link, all).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.AreOf(e))
        {
            // Then it is not known which key it is.
        }

        return found is [var (key, kind), ..]
            ? Describe(connection, key, kind, error)
            : new($"A key of Holdfast in {connection.Where}, {string.Join(" or ", all.Select(name => $"'{name}'"))}, holds data of another kind: something else writes under the same key prefix.", error);
    }

    /// <summary>The error for a key that holds something else.</summary>
    public static CorruptStateException Describe(RedisConnection connection, RedisKey key, string kind, Exception? error)
    {
        var name = (string)key!;
        var what = $"the key '{name}' in {connection.Where} was expected to hold a {connection.Keys.KindOf(name)} and holds a {kind}: something else writes under the same key prefix.";
        return connection.Keys.ReadThread(name) is { } thread
            ? new(thread, 0, what, error)
            : new($"The index for listings is damaged: {what} RepairIndexAsync replaces it.", error);
    }

    /// <summary>Those of the keys that hold something else.</summary>
    public static async Task<IReadOnlyList<(RedisKey Key, string Kind)>> FindAsync(RedisConnection connection, RedisLink link, RedisKey[] all)
    {
        var kinds = await Task.WhenAll(all.Select(key => link.Database.ExecuteAsync("TYPE", [key], CommandFlags.DemandMaster)))
            .WaitAsync(connection.Timeout, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        return [.. all.Zip(kinds, (key, kind) => (key, Kind: (string?)kind ?? "none")).Where(found => found.Kind != "none" && found.Kind != connection.Keys.KindOf(found.key!))];
    }
}
