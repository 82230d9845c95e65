using Microsoft.Extensions.Logging;

namespace Holdfast.DynamoDb;

/// <summary>What the DynamoDB backend logs. Event ids 500–599. Never a secret, and never what a thread holds.</summary>
internal static partial class DynamoDbLogMessages
{
    [LoggerMessage(500, LogLevel.Warning, "Thread {Thread} of {Store} was left out of a listing, because its head cannot be read. Loading the thread tells what is wrong with it.")]
    public static partial void HeadLeftOut(ILogger logger, string thread, string store);
}
