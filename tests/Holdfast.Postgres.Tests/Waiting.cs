using System.Diagnostics;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>Waits for what must come to be, however long a busy machine takes for it.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        for (var start = Stopwatch.GetTimestamp(); !await condition();)
        {
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(Limit, $"Waited for this: {what}.");
            await Task.Yield();
        }
    }

    /// <summary>Waits until a pool has a connection, which a busy machine may not make within the time-out of the pool.</summary>
    public static Task UntilConnectedAsync(NpgsqlDataSource dataSource)
        => UntilAsync("a connection", async () =>
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
        => UntilAsync($"{count} blocked in {schema}", async () =>
            (long)(await SharedServer.RunAsync($"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%\"{schema}\"%'"))! >= count);
}
