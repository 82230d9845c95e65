using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>Appends that follow each other closely leave the indexes of the threads as they are.</summary>
public sealed class IndexWriteTests
{
    [Fact]
    public async Task Appends_WithinOnePeriod_WriteNoIndexOfTheThreads()
    {
        // In a database of its own: what other tests hold open there would keep the server from reusing the room of old rows.
        await SharedServer.RunAsync("CREATE DATABASE alone TEMPLATE template0");
        var options = await SharedServer.NewSchemaAsync("Database=alone;");
        var instant = new DateTimeOffset(2026, 1, 1, 0, 0, 10, TimeSpan.Zero);
        var threads = Enumerable.Range(0, 16).Select(i => new ThreadWriter(ThreadKey.Of($"thread-{i}"))).ToList();
        await using (var log = await PostgresCommitLog.OpenAsync(options))
        {
            foreach (var i in Enumerable.Range(1, 20))
            {
                // The expiry and the due time slide with each of them.
                var at = instant.AddSeconds(i / 10.0);
                await Task.WhenAll(threads.Select(thread => thread.AppendAsync(log, new() { Head = head => head with { UpdatedAt = at, ExpiresAt = at.AddDays(1), DueAt = at.AddMinutes(5), Terms = ["key"] } })));
                await Task.WhenAll(threads.Select(async thread => await log.UpdateHeadAsync(new() { Key = thread.Key, Beats = true })));
            }
        }

        // What a connection has done is counted when it has ended.
        const int Updates = 16 * (19 + 20);
        await Patience.UntilAsync("the updates are counted", async () => await CountAsync("n_tup_upd") >= Updates);

        // A row whose page is full moves to another and is indexed anew, which depends on the moment; an index on what every append changes would make it all of them.
        (await CountAsync("n_tup_upd - n_tup_hot_upd")).ShouldBeLessThan(Updates / 2);

        async Task<long> CountAsync(string what)
            => (long)(await SharedServer.RunAsync($"SELECT {what} FROM pg_stat_user_tables WHERE schemaname = '{options.Schema}' AND relname = 'threads'", "Database=alone"))!;
    }
}
