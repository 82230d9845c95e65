using Holdfast.Logs;
using Holdfast.Postgres.Rows;
using Holdfast.Testing;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>A thread that is kept as a trunk is renamed: what hangs on it is not touched.</summary>
public sealed class TrunkTests
{
    [Fact]
    public async Task Erase_ThatKeepsAThread_WritesNoRowButItsOwn()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendManyAsync(log, 40, keyframes: [30]);
        await log.UpdateHeadAsync(new() { Key = thread.Key, AddPins = [new() { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("b"), From = 1, To = 40 }] });
        var before = await RowsAsync();

        (await log.EraseAsync(new EraseRequest { Key = thread.Key, KeepAsTrunk = true })).ShouldBeTrue();

        (await RowsAsync()).ShouldBe(before);
        thread.AcceptTrunk();
        (await log.ReadTailAsync(thread.Key, 40))!.Entries.Count.ShouldBe(40);
        (await SharedServer.RunAsync($"SELECT space || ' ' || thread_id FROM {options.Schema}.threads")).ShouldBe($"5 {thread.Key.Id.Value}");

        // Where the rows are and which transaction wrote them.
        async Task<string> RowsAsync() => (string)(await SharedServer.RunAsync(
            $"SELECT string_agg(ctid || '/' || xmin, ' ' ORDER BY ctid) FROM (SELECT ctid, xmin FROM {options.Schema}.entries UNION ALL SELECT ctid, xmin FROM {options.Schema}.pins) r"))!;
    }

    [Fact]
    public async Task Erase_ThatKeepsALifeWhoseTrunkStands_ReplacesNothing()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var first = new ThreadWriter(ThreadKey.Of("a"));
        await first.AppendAsync(log);
        await log.EraseAsync(new EraseRequest { Key = first.Key, KeepAsTrunk = true });
        var second = new ThreadWriter(first.Key);
        await second.AppendAsync(log);
        await SharedServer.RunAsync($"UPDATE {options.Schema}.threads SET life = '{first.Head!.Life}', guard = decode('{RowGuards.Of(second.Head! with { Life = first.Head.Life })}', 'hex') WHERE space = 0");

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await log.EraseAsync(new EraseRequest { Key = first.Key, KeepAsTrunk = true }));

        error.Message.ShouldContain("trunk");
        (await log.GetHeadAsync(first.Key)).ShouldNotBeNull();
        (await log.GetHeadAsync(ThreadKey.Trunk(first.Key, first.Head.Life)))!.ChainHash.ShouldBe(first.Head.ChainHash);
    }

    [Fact]
    public async Task Begin_RepeatedWhileTheThreadBecomesATrunk_IsRefused()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var begin = new ThreadWriter(ThreadKey.Of("a")).Next();
        await log.AppendAsync(begin);
        Task<AppendResult> repeated;
        await using (var connection = new NpgsqlConnection(options.ConnectionString + "Pooling=false"))
        {
            await connection.OpenAsync();
            var trunk = ThreadKey.Trunk(begin.Entry.Key, begin.Head.Life);
            await using var rename = new NpgsqlCommand($"BEGIN; UPDATE {options.Schema}.threads SET space = 5, thread_id = '{trunk.Id.Value}'", connection);
            await rename.ExecuteNonQueryAsync();
            repeated = log.AppendAsync(begin).AsTask();
            await Waiting.UntilBlockedAsync(options.Schema);

            rename.CommandText = "COMMIT";
            await rename.ExecuteNonQueryAsync();
        }

        (await repeated).ShouldBe(AppendResult.Conflict(0));
        (await log.GetHeadAsync(begin.Entry.Key)).ShouldBeNull();
    }

    [Fact]
    public async Task Time_OfTheServer_IsAskedOfIt()
    {
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());

        var time = await ((ICommitLog)log).GetService<IServerClock>()!.GetServerTimeAsync();

        // The server of the tests is on this machine, and so has its clock.
        (TimeProvider.System.GetUtcNow() - time).Duration().ShouldBeLessThan(TimeSpan.FromMinutes(10));
    }
}
