using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>One call of a log: what it asks of the server, with time-out and errors as callers of a log know them.</summary>
internal readonly struct RedisCall(RedisConnection connection, RedisLink link) : IDisposable
{
    private const CommandFlags Flags = CommandFlags.DemandMaster;

    public IConnectionMultiplexer Multiplexer => link.Multiplexer;

    /// <summary>Runs a script by its digest, and sends its text to a server that does not know it.</summary>
    /// <exception cref="StoreUnavailableException">The server could not be reached, refused, or did not answer in time.</exception>
    /// <exception cref="CorruptStateException">One of the keys holds data of another kind.</exception>
    public async Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, Access access, CancellationToken cancellationToken = default)
    {
        var (owner, used) = (connection, link);
        try
        {
            try
            {
                return await TryAsync().ConfigureAwait(false);
            }
            catch (RedisServerException e) when (RedisErrors.IsFromAReplica(e))
            {
                // Nothing was written. The roles were exchanged since the client looked at them, and there may be a master elsewhere.
                await owner.Roles.LookAsync(used.Multiplexer).ConfigureAwait(false);
                return await TryAsync().ConfigureAwait(false);
            }
        }
        catch (RedisServerException e) when (RedisErrors.IsOfAnotherKind(e))
        {
            throw await OtherKinds.ExplainAsync(owner, used, keys, e).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.AreOf(e) && !IsOwn(e, access, cancellationToken))
        {
            throw RedisErrors.Translate(e, script.Name, owner.Where, access);
        }

        async Task<RedisResult> TryAsync()
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
    }

    /// <summary>Waits for a command to one key.</summary>
    /// <exception cref="StoreUnavailableException">The server could not be reached, refused, or did not answer in time.</exception>
    /// <exception cref="CorruptStateException">The key holds data of another kind.</exception>
    public async Task<RedisResult> SendAsync(Task<RedisResult> command, RedisKey key, string what, Access access, CancellationToken cancellationToken = default)
    {
        var (owner, used) = (connection, link);
        try
        {
            return await WaitAsync(command, owner, used, access, cancellationToken).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (RedisErrors.IsOfAnotherKind(e))
        {
            throw await OtherKinds.ExplainAsync(owner, used, [key], e).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.AreOf(e) && !IsOwn(e, access, cancellationToken))
        {
            throw RedisErrors.Translate(e, what, owner.Where, access);
        }
    }

    /// <summary>Waits for hashes that were asked for together. For each its fields, or the error if the key holds data of another kind.</summary>
    /// <exception cref="StoreUnavailableException">The server could not be reached, refused, or did not answer in time.</exception>
    public async Task<IReadOnlyList<(HashEntry[]? Fields, CorruptStateException? Damage)>> ReadHashesAsync(
        IReadOnlyList<RedisKey> keys, string what, CancellationToken cancellationToken)
    {
        var (owner, used) = (connection, link);
        var rows = keys.Select(key => used.Database.HashGetAllAsync(key, Flags)).ToList();
        try
        {
            await WaitAsync(SettleAsync(rows), owner, used, Access.Read, cancellationToken).ConfigureAwait(false);
            var found = new List<(HashEntry[]?, CorruptStateException?)>(rows.Count);
            foreach (var (key, row) in keys.Zip(rows))
            {
                found.Add(row.Exception?.InnerException is RedisServerException e && RedisErrors.IsOfAnotherKind(e)
                    ? (null, await OtherKinds.ExplainAsync(owner, used, [key], e).ConfigureAwait(false))
                    : (await WaitAsync(row, owner, used, Access.Read, cancellationToken).ConfigureAwait(false), null));
            }

            return found;
        }
        catch (Exception e) when (RedisErrors.AreOf(e) && !IsOwn(e, Access.Read, cancellationToken))
        {
            throw RedisErrors.Translate(e, what, owner.Where, Access.Read);
        }
    }

    /// <summary>The time of one of the servers, to the millisecond.</summary>
    /// <exception cref="StoreUnavailableException">The server could not be reached, or did not answer in time.</exception>
    public async Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken)
    {
        var (owner, used) = (connection, link);
        try
        {
            var answer = (RedisValue[])(await WaitAsync(used.Database.ExecuteAsync("TIME", [], Flags), owner, used, Access.Read, cancellationToken).ConfigureAwait(false))!;
            return DateTimeOffset.FromUnixTimeMilliseconds(((long)answer[0] * 1000) + ((long)answer[1] / 1000));
        }
        catch (Exception e) when (RedisErrors.AreOf(e) && !IsOwn(e, Access.Read, cancellationToken))
        {
            throw RedisErrors.Translate(e, "ask for the time", owner.Where, Access.Read);
        }
    }

    /// <summary>Removes those of the keys that hold data of another kind.</summary>
    /// <exception cref="StoreUnavailableException">The server could not be reached, refused, or did not answer in time.</exception>
    public async Task RemoveOtherKindsAsync(RedisKey[] keys)
    {
        var (owner, used) = (connection, link);
        try
        {
            foreach (var (key, _) in await OtherKinds.FindAsync(owner, used, keys).ConfigureAwait(false))
            {
                await WaitAsync(used.Database.ExecuteAsync("UNLINK", [key], Flags), owner, used, Access.Write, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (RedisErrors.AreOf(e))
        {
            throw RedisErrors.Translate(e, "repair the index", owner.Where, Access.Write);
        }
    }

    /// <summary>The error for keys of the index that a script could not write.</summary>
    public Task<CorruptStateException> ExplainAsync(RedisKey[] keys, string failure)
        => OtherKinds.ExplainAsync(connection, link, keys, new RedisServerException(failure));

    public Task<RedisResult> ExecuteAsync(string command, params object[] arguments) => link.Database.ExecuteAsync(command, arguments, Flags);

    /// <summary>A call of its own, for what goes on after this one.</summary>
    public RedisCall Share()
    {
        connection.Stay();
        return this;
    }

    public void Dispose() => connection.Leave();

    private static bool IsOwn(Exception error, Access access, CancellationToken cancellationToken)
        => access == Access.Read && error is OperationCanceledException && cancellationToken.IsCancellationRequested;

    private static async Task<bool> SettleAsync(IEnumerable<Task> commands)
    {
        await Task.WhenAll(commands).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return true;
    }

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
