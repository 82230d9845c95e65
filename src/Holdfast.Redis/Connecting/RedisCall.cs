using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>One call of a log: what it asks of the server, with time-out and errors as callers of a log know them.</summary>
internal readonly struct RedisCall(RedisConnection connection, IDatabase database) : IDisposable
{
    private const CommandFlags Flags = CommandFlags.DemandMaster;

    /// <summary>Runs a script by its digest, and sends its text to a server that does not know it.</summary>
    /// <exception cref="StoreUnavailableException">The server could not be reached, refused, or did not answer in time.</exception>
    public async Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, Access access, CancellationToken cancellationToken = default)
    {
        var (owner, server) = (connection, database);
        try
        {
            try
            {
                return await WaitAsync(server.ScriptEvaluateAsync(script.Sha, keys, arguments, Flags), owner, access, cancellationToken).ConfigureAwait(false);
            }
            catch (RedisServerException e) when (RedisErrors.IsMissingScript(e))
            {
                object[] call = [script.Text, keys.Length, .. keys.Cast<object>(), .. arguments.Cast<object>()];
                return await WaitAsync(server.ExecuteAsync("EVAL", call, Flags), owner, access, cancellationToken).ConfigureAwait(false);
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
        var owner = connection;
        try
        {
            return await WaitAsync(Task.WhenAll(commands), owner, access, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.AreOf(e) && !IsOwn(e, access, cancellationToken))
        {
            throw RedisErrors.Translate(e, what, owner.Where, access);
        }
    }

    public Task<RedisValue[]> HashGetAsync(RedisKey key, RedisValue[] fields) => database.HashGetAsync(key, fields, Flags);

    public Task<RedisResult> ExecuteAsync(string command, params object[] arguments) => database.ExecuteAsync(command, arguments, Flags);

    public void Dispose() => connection.Leave();

    private static bool IsOwn(Exception error, Access access, CancellationToken cancellationToken)
        => access == Access.Read && error is OperationCanceledException && cancellationToken.IsCancellationRequested;

    // These waits are about another process, so they follow the real clock.
    private static Task<T> WaitAsync<T>(Task<T> task, RedisConnection connection, Access access, CancellationToken cancellationToken)
        => task.IsCompleted ? task : task.WaitAsync(connection.Timeout, TimeProvider.System, access == Access.Read ? cancellationToken : CancellationToken.None);
}
