using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Postgres.Schema;

/// <summary>Applies or checks the schema when the host starts.</summary>
/// <param name="getLog">Gives the log; null if another backend is used instead.</param>
/// <param name="logger">Where a server that cannot be reached is reported.</param>
internal sealed class PostgresSchemaService(Func<PostgresCommitLog?> getLog, ILogger? logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (getLog() is not { } log)
        {
            return;
        }

        try
        {
            await log.EnsureReadyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e)
        {
            PostgresLogMessages.UnavailableAtStart(logger ?? NullLogger.Instance, log.Description, e);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
