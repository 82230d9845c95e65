using Holdfast.Redis.Keys;
using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>The connection of one log: made with the first call, and closed when the last one has ended.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    // The longest time for which a failure is remembered.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly RedisLogOptions _options;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<RedisLink>? _connecting;
    private Task _retiring = Task.CompletedTask;
    private (long Began, long Ended) _attempt;
    private int _calls;
    private bool _isClosed;
    private volatile bool _isApart;

    public RedisConnection(RedisLogOptions options)
    {
        _options = options;
        Keys = new(options.KeyPrefix);
        Where = options.Connection is null ? $"redis {Names(options.Parsed!.EndPoints)}" : $"redis {Names(options.Connection.GetEndPoints(configuredOnly: true))}";
        Description = $"{Where}, database {Number}, keys {options.KeyPrefix}*";
    }

    /// <summary>The servers, for messages.</summary>
    public string Where { get; }

    public string Description { get; }

    public RedisKeys Keys { get; }

    public ServerRoles Roles { get; } = new();

    /// <summary>Whether threads and the index are not within reach of one script: it is a cluster, or something that refuses like one.</summary>
    public bool IsApart => _isApart;

    public TimeSpan Timeout => _options.CommandTimeout;

    public int Number => _options.Database ?? _options.Parsed?.DefaultDatabase ?? 0;

    /// <summary>Begins a call, which keeps the connection open until it is disposed of.</summary>
    /// <exception cref="ObjectDisposedException">The log was disposed of.</exception>
    /// <exception cref="StoreUnavailableException">There is no connection.</exception>
    public async ValueTask<RedisCall> EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var connecting = Enter();
        try
        {
            var link = connecting.IsCompletedSuccessfully ? await connecting.ConfigureAwait(false) : await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new(this, link);
        }
        catch (Exception e)
        {
            Leave();
            if (!RedisErrors.AreOf(e) || (e is OperationCanceledException && cancellationToken.IsCancellationRequested))
            {
                throw;
            }

            throw new StoreUnavailableException($"{Where} cannot be reached: {(e is NoConnectionException ? e.Message : $"{e.GetType().Name}.")}", e);
        }
    }

    /// <summary>Begins another call within one that has not ended.</summary>
    public void Stay()
    {
        lock (_lock)
        {
            _calls++;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            if (--_calls == 0 && _isClosed)
            {
                _idle.TrySetResult();
            }
        }
    }

    /// <summary>Keeps threads and index apart from now on, because one script cannot reach both.</summary>
    public void KeepApart() => _isApart = true;

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
            if (_calls == 0)
            {
                _idle.TrySetResult();
            }
        }

        await _idle.Task.ConfigureAwait(false);
        if (_connecting is { } connecting)
        {
            // A call that was cancelled did not wait for it.
            await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await CloseAsync(connecting).ConfigureAwait(false);
        }

        await _retiring.ConfigureAwait(false);
    }

    private static async Task CloseAsync(Task<RedisLink> connecting)
    {
        if (connecting.IsCompletedSuccessfully && await connecting.ConfigureAwait(false) is { IsOwned: true } link)
        {
            await ConnectAttempt.CloseAsync(link.Multiplexer).ConfigureAwait(false);
        }
    }

    private Task<RedisLink> Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(RedisCommitLog));
            _calls++;
            if (_connecting is { IsCompletedSuccessfully: true, Result: { IsOwned: true } link } && link.IsFailingFor(Timeout))
            {
                // The client does not notice a connection that is dead without having been closed, such as one that a router has forgotten.
                var dead = _connecting;
                _retiring = Task.WhenAll(_retiring, Task.Run(() => CloseAsync(dead)));
                _connecting = null;
            }

            if (_connecting is null || (_connecting is { IsCompleted: true, IsCompletedSuccessfully: false } && !IsPausing))
            {
                _connecting = ConnectAsync();
            }

            return _connecting;
        }
    }

    // A server that let callers wait before it could be given up is not asked again by each repetition of their calls: for as long, they get the same answer.
    private bool IsPausing
        => TimeProvider.System.GetElapsedTime(_attempt.Began, _attempt.Ended) is var took && TimeProvider.System.GetElapsedTime(_attempt.Ended) < (took < LongestPause ? took : LongestPause);

    private async Task<RedisLink> ConnectAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            var multiplexer = _options.Connection ?? await ConnectAttempt.ConnectAsync(Configure(_options)).ConfigureAwait(false);
            _isApart = multiplexer.GetEndPoints(configuredOnly: false).Any(server => multiplexer.GetServer(server).ServerType == ServerType.Cluster);
            return new(multiplexer, multiplexer.GetDatabase(_options.Database ?? -1), isOwned: _options.Connection is null);
        }
        catch
        {
            lock (_lock)
            {
                _attempt = (began, TimeProvider.System.GetTimestamp());
            }

            throw;
        }
    }

    private static ConfigurationOptions Configure(RedisLogOptions options)
    {
        var configuration = options.Parsed!.Clone();

        // The connection is nobody else's, and the client lets only such ones ask for INFO and CONFIG GET, which GetWarningsAsync and RepairIndexAsync need.
        configuration.AllowAdmin = true;

        // Shorter than how long calls wait, the client would give up a connection whose server is merely slow. Unless its own is given, the time-out for
        // connecting follows.
        var timeout = (int)options.CommandTimeout.TotalMilliseconds;
        configuration.SyncTimeout = Math.Max(configuration.SyncTimeout, timeout);
        configuration.AsyncTimeout = Math.Max(configuration.AsyncTimeout, timeout);
        return configuration;
    }

    private static string Names(IEnumerable<System.Net.EndPoint> servers) => string.Join(',', servers.Select(RedisServers.NameOf));
}
