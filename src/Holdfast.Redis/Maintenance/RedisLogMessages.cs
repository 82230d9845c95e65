using Microsoft.Extensions.Logging;

namespace Holdfast.Redis.Maintenance;

/// <summary>What the Redis backend logs. Event ids 400–499. Never a secret.</summary>
internal static partial class RedisLogMessages
{
    [LoggerMessage(400, LogLevel.Warning, "What was last written to thread {Thread} is stored, but the index for listings does not have it: {Problem} RepairIndexAsync brings the index up to date.")]
    public static partial void IndexNotWritten(ILogger logger, ThreadKey thread, string problem, Exception? exception);

    [LoggerMessage(401, LogLevel.Warning, "A listing left out thread {Thread}, which cannot be read: {Problem}")]
    public static partial void LeftOut(ILogger logger, ThreadKey thread, string problem, Exception? exception);
}
