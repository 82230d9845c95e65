using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres.Hosting;

/// <summary>What the PostgreSQL backend logs. Event ids 300–399. Never a secret.</summary>
internal static partial class PostgresLogMessages
{
    [LoggerMessage(300, LogLevel.Warning, "{Store} could not be reached when the host started; the first call tries again.")]
    public static partial void UnavailableAtStart(ILogger logger, string store, Exception exception);
}
