using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>What a store logs. Event ids 1–99. Never the content of messages or values.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(1, LogLevel.Debug, "Thread {Thread} was expected at version {Expected} and is at {Actual}.")]
    public static partial void Conflict(ILogger logger, ThreadKey thread, long expected, long actual);

    [LoggerMessage(2, LogLevel.Information, "Thread {Thread} was erased.")]
    public static partial void Erased(ILogger logger, ThreadKey thread);

    [LoggerMessage(8, LogLevel.Information, "User {User} was erased: {Threads} threads, {Forks} forks of them, {Trunks} threads that had been kept for forks.")]
    public static partial void UserErased(ILogger logger, string user, long threads, long forks, long trunks);

    [LoggerMessage(3, LogLevel.Information, "Clean-up removed {Expired} expired and {Old} old threads.")]
    public static partial void CleanedUp(ILogger logger, long expired, long old);

    [LoggerMessage(4, LogLevel.Error, "Clean-up failed; it is tried again in {Interval}.")]
    public static partial void CleanupFailed(ILogger logger, TimeSpan interval, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "A turn of thread {Thread} ended early; {Count} messages that had arrived were kept, marked as partial.")]
    public static partial void PartialTurn(ILogger logger, ThreadKey thread, int count);

    [LoggerMessage(6, LogLevel.Warning, "A call to {Log} failed; repetition {Attempt} of at most {MaxRetries} follows in {Delay}.")]
    public static partial void Retrying(ILogger logger, string log, int attempt, int maxRetries, TimeSpan delay, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "The log refused version {Version} of thread {Thread} with its keyframe (a state of {Bytes} bytes); it is committed without one. Loads take longer until the state is smaller.")]
    public static partial void KeyframeTooLarge(ILogger logger, ThreadKey thread, long version, long bytes);
}
