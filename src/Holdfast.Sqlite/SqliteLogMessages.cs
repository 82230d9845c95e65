using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite;

/// <summary>What the SQLite backend logs. Event ids 200–299. Never the content of messages or values.</summary>
internal static partial class SqliteLogMessages
{
    [LoggerMessage(200, LogLevel.Warning, "A thread that cannot be read was left out of a listing of {Store}: {Problem}")]
    public static partial void LeftOut(ILogger logger, string store, string problem);
}
