using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>What would follow an entry that is gone is not acknowledged: no load could ever read it.</summary>
public sealed class LostEntryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Append_ToAThreadWhoseNewestEntryIsGone_IsRefusedAndWritesNothing(bool prepares)
    {
        var options = await OptionsAsync(prepares);
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendManyAsync(log, 3);
        await SharedServer.RunAsync($"DELETE FROM {options.Schema}.entries WHERE version = 3");

        var error = await Should.ThrowAsync<CorruptStateException>(() => thread.AppendAsync(log));

        (error.Key, error.Version).ShouldBe((thread.Key, 3));
        (await log.GetHeadAsync(thread.Key))!.Version.ShouldBe(3);
        (await SharedServer.RunAsync($"SELECT count(*) FROM {options.Schema}.entries")).ShouldBe(2L);
        (await log.EraseAsync(thread.Key)).ShouldBeTrue();
        await new ThreadWriter(thread.Key).AppendAsync(log);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Append_InABatchWithAThreadWhoseNewestEntryIsGone_IsWritten(bool prepares)
    {
        var options = await OptionsAsync(prepares);
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var threads = Enumerable.Range(0, 24).Select(i => new ThreadWriter(ThreadKey.Of($"thread-{i}"))).ToList();
        await Task.WhenAll(threads.Select(thread => Task.Run(() => thread.AppendManyAsync(log, 3))));
        await SharedServer.RunAsync(
            $"DELETE FROM {options.Schema}.entries e USING {options.Schema}.threads t WHERE e.thread = t.number AND e.version = 3 AND t.thread_id IN ('thread-5', 'thread-11')");

        var outcomes = await Task.WhenAll(threads.Select(thread => Task.Run(() => Record.ExceptionAsync(() => thread.AppendAsync(log)).AsTask())));

        for (var i = 0; i < threads.Count; i++)
        {
            if (i is 5 or 11)
            {
                outcomes[i].ShouldBeOfType<CorruptStateException>().Key.ShouldBe(threads[i].Key);
                (await log.GetHeadAsync(threads[i].Key))!.Version.ShouldBe(3);
            }
            else
            {
                outcomes[i].ShouldBeNull();
                (await log.ReadTailAsync(threads[i].Key))!.Head.Version.ShouldBe(4);
            }
        }
    }

    [Fact]
    public async Task Commit_OfAnOpenSessionWhoseNewestEntriesAreGone_IsRefused()
    {
        var options = await OptionsAsync(prepares: false);
        await using var store = new AgentStateStore(await PostgresCommitLog.OpenAsync(options));
        var session = await store.OpenAsync("chat");
        for (var turn = 1; turn <= 3; turn++)
        {
            session.Variables.Set("turn", turn);
            await session.CommitAsync();
        }

        await SharedServer.RunAsync($"DELETE FROM {options.Schema}.entries WHERE version >= 2");
        session.Variables.Set("turn", 4);

        (await Should.ThrowAsync<CorruptStateException>(async () => await session.CommitAsync())).Version.ShouldBe(3);
    }

    private static async Task<PostgresLogOptions> OptionsAsync(bool prepares)
    {
        var options = await SharedServer.NewSchemaAsync();
        options.PrepareStatements = prepares;
        return options;
    }
}
