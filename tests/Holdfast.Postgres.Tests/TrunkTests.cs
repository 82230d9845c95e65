using Holdfast.Logs;
using Holdfast.Testing;

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
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());
        var (first, life) = (new ThreadWriter(ThreadKey.Of("a")), CommitId.New(TimeProvider.System));
        await first.AppendAsync(log, new() { Life = life });
        await log.EraseAsync(new EraseRequest { Key = first.Key, KeepAsTrunk = true });
        var second = new ThreadWriter(first.Key);
        await second.AppendAsync(log, new() { Life = life });

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await log.EraseAsync(new EraseRequest { Key = first.Key, KeepAsTrunk = true }));

        error.Message.ShouldContain("trunk");
        (await log.GetHeadAsync(second.Key)).ShouldNotBeNull();
        (await log.GetHeadAsync(ThreadKey.Trunk(first.Key, life)))!.ChainHash.ShouldBe(first.Head!.ChainHash);
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
