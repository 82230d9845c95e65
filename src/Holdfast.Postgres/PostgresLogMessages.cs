using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres;

/// <summary>What the PostgreSQL backend logs. Event ids 300–399. Never a secret, and never what a thread holds.</summary>
internal static partial class PostgresLogMessages
{
    [LoggerMessage(300, LogLevel.Warning, "{Store} could not be reached when the host started; the first call tries again.")]
    public static partial void UnavailableAtStart(ILogger logger, string store, Exception exception);

    [LoggerMessage(301, LogLevel.Warning, "Thread {Thread} of {Store} was left out of a listing, because its head cannot be read. Loading the thread tells what is wrong with it.")]
    public static partial void DamagedHeadLeftOut(ILogger logger, string thread, string store);

    [LoggerMessage(302, LogLevel.Warning, "Commits of other processes to {Store} are not listened to, and watches look for themselves; it is tried again.")]
    public static partial void NotListening(ILogger logger, string store, Exception exception);
}
