using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>One connection to the servers, and how long it has been of no use.</summary>
internal sealed class RedisLink(IConnectionMultiplexer multiplexer, IDatabase database, bool isOwned)
{
    private long _failingSince;

    public IConnectionMultiplexer Multiplexer => multiplexer;

    public IDatabase Database => database;

    /// <summary>Whether the log made it, rather than the user.</summary>
    public bool IsOwned => isOwned;

    public void Succeeded() => Volatile.Write(ref _failingSince, 0);

    public void Failed() => Interlocked.CompareExchange(ref _failingSince, TimeProvider.System.GetTimestamp(), 0);

    /// <summary>Whether every call has failed for at least this time.</summary>
    public bool IsFailingFor(TimeSpan time) => Volatile.Read(ref _failingSince) is var since and not 0 && TimeProvider.System.GetElapsedTime(since) >= time;
}
