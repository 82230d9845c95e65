namespace Holdfast.Sqlite.Connecting;

/// <summary>A wait for a lock that another process holds, by asking for it again and again.</summary>
/// <remarks>
/// SQLite's locks have no queue. Its own busy handler asks every 100 ms in the end, and so finds the lock free very rarely while others commit
/// without a pause; asking every few milliseconds is what keeps a process from starving.
/// </remarks>
internal readonly struct BusyWait
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(8);

    private readonly long _start;
    private readonly TimeSpan _pause;

    private BusyWait(long start, TimeSpan pause)
    {
        _start = start;
        _pause = pause;
    }

    /// <summary>How long it has taken.</summary>
    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_start);

    public static BusyWait Start() => new(TimeProvider.System.GetTimestamp(), TimeSpan.FromMilliseconds(1));

    /// <summary>Waits a little, and returns the wait with which to go on.</summary>
    public async ValueTask<BusyWait> PauseAsync(CancellationToken cancellationToken = default)
    {
        await Task.Delay(_pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        return new(_start, _pause < LongestPause ? _pause * 2 : LongestPause);
    }
}
