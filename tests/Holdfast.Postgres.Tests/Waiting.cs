using Holdfast.Servers;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>Waits for what must come to be, however long a busy machine takes for it.</summary>
internal static class Waiting
{
    /// <summary>Waits until a pool has a connection, which a busy machine may not make within the time-out of the pool.</summary>
    public static Task UntilConnectedAsync(NpgsqlDataSource dataSource)
        => Patience.UntilAsync("a connection", async () =>
        {
            try
            {
                await using var connection = await dataSource.OpenConnectionAsync();
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });

    /// <summary>Waits until some statements in a schema wait for a lock.</summary>
    public static Task UntilBlockedAsync(string schema, int count = 1)
        => Patience.UntilAsync($"{count} blocked in {schema}", async () =>
            (long)(await SharedServer.RunAsync($"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%\"{schema}\"%'"))! >= count);
}
