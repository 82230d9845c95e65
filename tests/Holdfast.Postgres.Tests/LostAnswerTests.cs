using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>The server has committed, and its answer never comes: what was written stands once, and nobody is told otherwise.</summary>
public sealed class LostAnswerTests : IAsyncLifetime
{
    private readonly ThreadWriter _thread = new(ThreadKey.Of("a"));
    private PostgresLogOptions _options = new();
    private Relay _relay = null!;
    private PostgresCommitLog _log = null!;

    public async ValueTask InitializeAsync()
    {
        var server = await SharedServer.GetAsync();
        _options = await SharedServer.NewSchemaAsync();
        _relay = new(server.Port);
        _options.ConnectionString = server.ConnectionString(_relay.Port, "postgres", "");

        // A hint would be sent beside the next append: its answer would be the one that is lost, or it would have the connection that the append needs to be sent at all.
        _options.CommitHints = false;
        _log = await PostgresCommitLog.OpenAsync(_options);
        await _thread.AppendAsync(_log);
    }

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        await _relay.DisposeAsync();
    }

    [Fact]
    public async Task Append_WhoseAnswerIsLost_IsFoundToStand()
    {
        _relay.LoseAnswerWith("SELECT 1");

        await _thread.AppendAsync(_log);

        (await CountAsync()).ShouldBe(2);
        await ExpectWholeAsync();
    }

    [Fact]
    public async Task Appends_WhoseAnswerIsLost_AreAllFoundToStand()
    {
        var threads = Enumerable.Range(0, 40).Select(i => new ThreadWriter(ThreadKey.Of($"thread-{i}"))).ToList();
        await Task.WhenAll(threads.Select(thread => Task.Run(() => thread.AppendAsync(_log))));
        _relay.LoseAnswerWith("SELECT 1");

        await Task.WhenAll(threads.Select(thread => Task.Run(() => thread.AppendAsync(_log))));

        (await CountAsync()).ShouldBe(81);
        await ExpectWholeAsync([.. threads]);
    }

    [Fact]
    public async Task Append_WhoseAnswersAreAllLost_HasAnUnknownOutcomeThatRepeatingSettles()
    {
        var request = _thread.Next();
        _relay.LoseEverything();

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await _log.AppendAsync(request))).OutcomeUnknown.ShouldBeTrue();

        (await CountAsync()).ShouldBe(2);
        _relay.LoseNothing();
        (await _log.AppendAsync(request)).ShouldBe(AppendResult.Duplicate(2));
        _thread.Accept(request);
        await ExpectWholeAsync();
    }

    [Fact]
    public async Task Update_WhoseAnswerIsLost_IsMadeOnce()
    {
        await using var store = new AgentStateStore(await PostgresCommitLog.OpenAsync(_options));
        await store.UpdateAsync("counter", session => session.Variables.Set("count", 1));
        for (var i = 0; i < 5; i++)
        {
            var session = await store.OpenAsync("counter");
            session.Variables.Set("count", session.Variables.Get<int>("count") + 1);
            _relay.LoseAnswerWith("SELECT 1");
            await session.CommitAsync();
        }

        (await store.OpenAsync("counter")).ShouldSatisfyAllConditions(
            session => session.Version.ShouldBe(6), session => session.Variables.Get<int>("count").ShouldBe(6));
        (await store.Thread("counter").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Maintenance_ThatLosesAnAnswerBeforeItCommits_IsRepeated()
    {
        await _thread.AppendAsync(_log, new() { IsKeyframe = true });

        _relay.LoseAnswerWith("UPDATE 1");
        (await _log.RewriteAsync(_thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() })).ShouldBeTrue();
        _relay.LoseAnswerWith("DELETE 1");
        (await _log.EraseAsync(_thread.Key)).ShouldBeTrue();

        (await CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Maintenance_WhoseAnswerToTheCommitIsLost_HasAnUnknownOutcome()
    {
        _relay.LoseAnswerWith("COMMIT");

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await _log.EraseAsync(_thread.Key))).OutcomeUnknown.ShouldBeTrue();

        (await _log.EraseAsync(_thread.Key)).ShouldBeFalse();
        (await CountAsync()).ShouldBe(0);
    }

    private async Task<long> CountAsync() => (long)(await SharedServer.RunAsync($"SELECT count(*) FROM {_options.Schema}.entries"))!;

    private async Task ExpectWholeAsync(params IReadOnlyList<ThreadWriter> others)
    {
        var commits = others.Append(_thread).SelectMany(thread => thread.Entries).Select(entry => new AcknowledgedCommit(entry.Key, entry.Version, entry.CommitId));
        (await HistoryChecker.CheckAsync(_log, commits)).Unacknowledged.ShouldBe(0);
    }
}
