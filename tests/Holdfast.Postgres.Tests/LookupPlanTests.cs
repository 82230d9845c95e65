using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>One thread is found by the key of its table, also in tables that the server has never looked at.</summary>
public sealed class LookupPlanTests
{
    [Fact]
    public async Task AppendsAndReads_InANewSchema_UseNoIndexButTheKeys()
    {
        var options = await SharedServer.NewSchemaAsync();
        await SharedServer.RunAsync(PostgresSchema.GetScript(options.Schema));
        await SharedServer.RunAsync($"ALTER TABLE {options.Schema}.threads SET (autovacuum_enabled = false); ALTER TABLE {options.Schema}.entries SET (autovacuum_enabled = false)");
        var threads = Enumerable.Range(0, 32).Select(i => new ThreadWriter(ThreadKey.Of($"thread-{i}"))).ToList();
        await using (var log = await PostgresCommitLog.OpenAsync(options))
        {
            await threads[0].AppendManyAsync(log, 20);
            await Task.WhenAll(threads.Select(thread => Task.Run(() => thread.AppendManyAsync(log, 20))));
            foreach (var thread in threads)
            {
                (await log.ReadTailAsync(thread.Key, 5))!.Head.Version.ShouldBe(thread.Version);
                (await log.GetHeadAsync(thread.Key)).ShouldNotBeNull();
                (await log.SetExpiryAsync(thread.Key, null)).ShouldBeTrue();
                (await log.EraseAsync(thread.Key)).ShouldBeTrue();
            }
        }

        // What a connection has done is counted when it has ended.
        await Patience.UntilAsync("the uses of the key are counted", async () => await CountAsync("indexrelname = 'threads_pkey'") >= 20 + 32 * 4);

        (await CountAsync("indexrelname NOT LIKE '%_pkey'")).ShouldBe(0);

        async Task<long> CountAsync(string condition)
            => (long)(await SharedServer.RunAsync($"SELECT coalesce(sum(idx_scan), 0)::bigint FROM pg_stat_user_indexes WHERE schemaname = '{options.Schema}' AND {condition}"))!;
    }
}
