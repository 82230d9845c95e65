using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>An index that leads to the row of another thread, as a damaged one may, is found out: nothing of that thread is shown or changed.</summary>
public sealed class DamagedIndexTests : IAsyncLifetime
{
    private static readonly ThreadKey Asked = ThreadKey.Of("acme", "chat-1");
    private PostgresLogOptions _options = new();
    private PostgresCommitLog _log = null!;

    public async ValueTask InitializeAsync()
    {
        _options = await SharedServer.NewSchemaAsync();
        _log = await PostgresCommitLog.OpenAsync(_options);
        await new ThreadWriter(Asked).AppendManyAsync(_log, 3);
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Theory]
    [InlineData("tenant = 'globex'")]
    [InlineData("thread_id = 'chat-2'")]
    [InlineData("space = 1")]
    public async Task Calls_WhereTheIndexOfThreadsLeadsToAnotherOne_ReportDamageAndChangeNothing(string other)
    {
        await ChangeBehindTheIndexesAsync("threads", other);

        await ExpectDamageAsync(async () => await _log.GetHeadAsync(Asked));
        await ExpectDamageAsync(async () => await _log.ReadTailAsync(Asked));
        await ExpectDamageAsync(async () => await _log.ReadAsync(Asked).ToListAsync());
        await ExpectDamageAsync(async () => await _log.ReadAsync(Asked, direction: ReadDirection.Backward).ToListAsync());
        await ExpectDamageAsync(async () => await _log.SetExpiryAsync(Asked, new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        await ExpectDamageAsync(async () => await _log.RewriteAsync(Asked, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() }));
        await ExpectDamageAsync(async () => await _log.EraseAsync(Asked));
        await ExpectDamageAsync(async () => await _log.EraseAsync(new EraseRequest { Key = Asked, KeepAsTrunk = true }));

        (await SharedServer.RunAsync($"SELECT count(*) FROM {_options.Schema}.threads WHERE expires_at IS NULL")).ShouldBe(1L);
        (await SharedServer.RunAsync($"SELECT count(*) FROM {_options.Schema}.entries WHERE rewritten_hash IS NULL")).ShouldBe(3L);
    }

    [Theory]
    [InlineData(ThreadOrder.Id)]
    [InlineData(ThreadOrder.RecentlyUpdated)]
    public async Task List_WhereTheIndexLeadsToAThreadOfAnotherTenant_ReportsDamageAndShowsNothingOfIt(ThreadOrder order)
    {
        await ChangeBehindTheIndexesAsync("threads", "tenant = 'globex'");

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await _log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default, Filter = new() { Order = order } }));

        error.Message.ShouldNotContain("globex");
        error.Message.ShouldContain("REINDEX");
    }

    [Theory]
    [InlineData("thread = 99")]
    [InlineData("version = version + 10")]
    public async Task Reads_WhereTheIndexOfEntriesLeadsToOtherOnes_ReportDamage(string other)
    {
        await ChangeBehindTheIndexesAsync("entries", other);

        await ExpectDamageAsync(async () => await _log.ReadTailAsync(Asked));
        await ExpectDamageAsync(async () => await _log.ReadAsync(Asked, 1, 3).ToListAsync());
        await ExpectDamageAsync(async () => await _log.ReadAsync(Asked, 1, 3, ReadDirection.Backward).ToListAsync());
    }

    private static async Task ExpectDamageAsync(Func<Task> call)
    {
        var error = await Should.ThrowAsync<CorruptStateException>(call);
        error.Key.ShouldBe(Asked);
        error.Message.ShouldNotContain("globex");
        error.Message.ShouldNotContain("chat-2");
    }

    /// <summary>
    /// Changes rows of which the indexes do not learn: to the server they are no indexes meanwhile, so that a new version of a row takes the place of the old one in its page.
    /// </summary>
    private async Task ChangeBehindTheIndexesAsync(string table, string change)
    {
        var indexes = $"WHERE indrelid = '{_options.Schema}.{table}'::regclass";
        await SharedServer.RunAsync($"UPDATE pg_index SET indislive = false {indexes}");
        await SharedServer.RunAsync($"UPDATE {_options.Schema}.{table} SET {change}");
        await SharedServer.RunAsync($"UPDATE pg_index SET indislive = true {indexes}");
    }
}
