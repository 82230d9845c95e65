using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>Has the client look again which server is the master, which it does by itself once a minute.</summary>
internal sealed class ServerRoles
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private Task _looking = Task.CompletedTask;
    private long? _began;

    /// <summary>Looks, unless it was done within the last second; a look that is under way is shared. A look that fails changes nothing.</summary>
    public async Task LookAsync(IConnectionMultiplexer multiplexer)
    {
        Task looking;
        lock (_lock)
        {
            if (_looking.IsCompleted && (_began is not { } began || TimeProvider.System.GetElapsedTime(began) >= Pause))
            {
                _began = TimeProvider.System.GetTimestamp();
                _looking = Task.Run(() => multiplexer.ConfigureAsync());
            }

            looking = _looking;
        }

        // A server that is away keeps the client waiting; what it has learnt of the others by then is enough.
        await looking.WaitAsync(Patience, TimeProvider.System, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
