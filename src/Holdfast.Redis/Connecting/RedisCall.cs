using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>One call of a log: what it asks of the server, with time-out and errors as callers of a log know them.</summary>
internal readonly struct RedisCall(RedisConnection connection, RedisLink link) : IDisposable
{
    private const CommandFlags Flags = CommandFlags.DemandMaster;

    public IConnectionMultiplexer Multiplexer => link.Multiplexer;

    /// <summary>Runs a script by its digest, and sends its text to a server that does not know it.</summary>
    /// <exception cref="StoreUnavailableException">The server could not be reached, refused, or did not answer in time.</exception>
    public async Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, Access access, CancellationToken cancellationToken = default)
    {
        var (owner, used) = (connection, link);
        try
        {
            try
            {
                return await WaitAsync(used.Database.ScriptEvaluateAsync(script.Sha, keys, arguments, Flags), owner, used, access, cancellationToken).ConfigureAwait(false);
            }
            catch (RedisServerException e) when (RedisErrors.IsMissingScript(e))
            {
                object[] call = [script.Text, keys.Length, .. keys.Cast<object>(), .. arguments.Cast<object>()];
                return await WaitAsync(used.Database.ExecuteAsync("EVAL", call, Flags), owner, used, access, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (RedisErrors.AreOf(e) && !IsOwn(e, access, cancellationToken))
        {
            throw RedisErrors.Translate(e, script.Name, owner.Where, access);
        }
    }

    /// <summary>Sends commands at once, and waits for all their answers.</summary>
    public async Task<T[]> SendAsync<T>(IEnumerable<Task<T>> commands, string what, Access access, CancellationToken cancellationToken = default)
    {
        var (owner, used) = (connection, link);
        try
        {
            return await WaitAsync(Task.WhenAll(commands), owner, used, access, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.AreOf(e) && !IsOwn(e, access, cancellationToken))
        {
            throw RedisErrors.Translate(e, what, owner.Where, access);
        }
    }

    public Task<RedisValue[]> HashGetAsync(RedisKey key, RedisValue[] fields) => link.Database.HashGetAsync(key, fields, Flags);

    public Task<RedisResult> ExecuteAsync(string command, params object[] arguments) => link.Database.ExecuteAsync(command, arguments, Flags);

    public void Dispose() => connection.Leave();

    private static bool IsOwn(Exception error, Access access, CancellationToken cancellationToken)
        => access == Access.Read && error is OperationCanceledException && cancellationToken.IsCancellationRequested;

    // These waits are about another process, so they follow the real clock.
    private static async Task<T> WaitAsync<T>(Task<T> task, RedisConnection connection, RedisLink link, Access access, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await task.WaitAsync(connection.Timeout, TimeProvider.System, access == Access.Read ? cancellationToken : CancellationToken.None).ConfigureAwait(false);
            link.Succeeded();
            return answer;
        }
        catch (RedisServerException)
        {
            link.Succeeded();
            throw;
        }
        catch (Exception e) when (e is TimeoutException or RedisConnectionException)
        {
            link.Failed();
            throw;
        }
    }
}
