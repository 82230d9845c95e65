using System.Transactions;
using Holdfast.Logs;
using Holdfast.Testing;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>Appends that wait share a transaction, and nothing else.</summary>
public sealed class GroupCommitTests : IAsyncLifetime
{
    private PostgresLogOptions _options = new();
    private PostgresCommitLog _log = null!;

    public async ValueTask InitializeAsync()
    {
        _options = await SharedServer.NewSchemaAsync();
        _log = await PostgresCommitLog.OpenAsync(_options);
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Fact]
    public async Task Appends_ThatWait_ShareOneTransaction()
    {
        var (writers, threads) = (Threads("writer", 2), Threads("thread", 60));
        var appends = new List<Task>();
        await using (await BlockAsync())
        {
            // Both writers' places are taken by these; what comes now has to wait.
            appends.AddRange(writers.Select(thread => thread.AppendAsync(_log)));
            await UntilBlockedAsync(2);
            appends.AddRange(threads.Select(thread => thread.AppendAsync(_log)));
        }

        await Task.WhenAll(appends);

        (await TransactionsAsync("thread-%")).ShouldBe(1);
        (await TransactionsAsync("%")).ShouldBe(3);
    }

    [Fact]
    public async Task Append_ThatComesAlone_IsWrittenAlone()
    {
        var threads = Threads("thread", 5);
        foreach (var thread in threads)
        {
            await thread.AppendAsync(_log);
        }

        (await TransactionsAsync("%")).ShouldBe(5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Append_ThatTheServerRefuses_FailsAloneInItsBatch(bool isBegun)
    {
        var (writers, threads, tooLong) = (Threads("writer", 2), Threads("thread", 30), new ThreadWriter(ThreadKey.Of("thread-015x")));
        if (isBegun)
        {
            await Task.WhenAll(threads.Append(tooLong).Select(thread => thread.AppendAsync(_log)));
        }

        var version = tooLong.Version;
        var appends = new List<Task>();
        Task refused;
        await using (await BlockAsync())
        {
            appends.AddRange(writers.Select(thread => thread.AppendAsync(_log)));
            await UntilBlockedAsync(2);
            appends.AddRange(threads.Take(15).Select(thread => thread.AppendAsync(_log)));
            refused = tooLong.AppendAsync(_log, new() { Head = head => head with { Agent = TooLongForAnIndex } });
            appends.AddRange(threads.Skip(15).Select(thread => thread.AppendAsync(_log)));
        }

        await Task.WhenAll(appends);

        await Should.ThrowAsync<StateTooLargeException>(refused);
        ((await _log.GetHeadAsync(tooLong.Key))?.Version ?? 0).ShouldBe(version);
        foreach (var thread in threads)
        {
            (await _log.GetHeadAsync(thread.Key))!.Version.ShouldBe(version + 1);
        }
    }

    [Fact]
    public async Task Appends_OfOneThreadInOneBatch_HaveOneWinner()
    {
        var (writers, thread) = (Threads("writer", 2), new ThreadWriter(ThreadKey.Of("a")));
        var rivals = Enumerable.Range(0, 20).Select(_ => thread.Next()).ToList();
        Task<AppendResult>[] results;
        await using (await BlockAsync())
        {
            _ = writers.ConvertAll(writer => writer.AppendAsync(_log));
            await UntilBlockedAsync(2);
            results = [.. rivals.Append(rivals[0]).Select(request => _log.AppendAsync(request).AsTask())];
        }

        await Task.WhenAll(results);

        results.Count(result => result.Result == AppendResult.Appended(1)).ShouldBe(1);
        results.Count(result => result.Result == AppendResult.Conflict(1)).ShouldBe(19);
        (await results[^1]).ShouldBe(AppendResult.Duplicate(1));
    }

    [Fact]
    public async Task Appends_OfEveryKindInOneBatch_HaveEachTheirOwnOutcome()
    {
        var (writers, going, begun) = (Threads("writer", 2), Threads("going", 20), Threads("new", 20));
        await Task.WhenAll(going.Select(thread => thread.AppendAsync(_log)));
        var (stale, repeated, kept, erased) = (new ThreadWriter(ThreadKey.Of("stale")), new ThreadWriter(ThreadKey.Of("repeated")), new ThreadWriter(ThreadKey.Of("kept")), new ThreadWriter(ThreadKey.Of("erased")));
        await Task.WhenAll(new[] { stale, repeated, kept, erased }.Select(thread => thread.AppendManyAsync(_log, 2)));
        var (late, again, (first, second)) = (stale.Copy().Next(), repeated.Next(), (kept.Next(new() { KeepExpiry = true }), kept.Next()));
        await stale.AppendAsync(_log);
        await _log.AppendAsync(again);
        var expiry = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await _log.SetExpiryAsync(kept.Key, expiry);
        await _log.EraseAsync(erased.Key);
        Task<AppendResult>[] results;
        var appends = new List<Task>();
        await using (await BlockAsync())
        {
            appends.AddRange(writers.Select(writer => writer.AppendAsync(_log)));
            await UntilBlockedAsync(2);
            appends.AddRange(going.Select(thread => thread.AppendAsync(_log)));
            results = [.. new[] { late, again, first, second, first, erased.Next() }.Select(request => _log.AppendAsync(request).AsTask())];
            appends.AddRange(begun.Select(thread => thread.AppendAsync(_log)));
        }

        await Task.WhenAll(appends);

        (await Task.WhenAll(results)).ShouldBe(
            [AppendResult.Conflict(3), AppendResult.Duplicate(3), AppendResult.Appended(3), AppendResult.Conflict(3), AppendResult.Duplicate(3), AppendResult.Conflict(0)]);
        (await _log.GetHeadAsync(kept.Key))!.ExpiresAt.ShouldBe(expiry);
        (await TransactionsAsync("new-%")).ShouldBe(1);
        await HistoryChecker.CheckAsync(_log, going.Concat(begun).SelectMany(thread => thread.Entries).Select(entry => new AcknowledgedCommit(entry.Key, entry.Version, entry.CommitId)));
    }

    [Fact]
    public async Task Append_BesideALargeBatchThatWaitsForARow_IsWrittenThoughNobodyComesAfterIt()
    {
        var (writers, threads, other) = (Threads("writer", 2), Threads("thread", 10), new ThreadWriter(ThreadKey.Of("other")));
        await Task.WhenAll(threads.Select(thread => thread.AppendAsync(_log)));
        await using var connection = new NpgsqlConnection(_options.ConnectionString + "Pooling=false");
        await connection.OpenAsync();
        await using var hold = new NpgsqlCommand($"BEGIN; SELECT FROM {_options.Schema}.threads WHERE thread_id = 'thread-005' FOR UPDATE", connection);
        List<Task> appends = [], batch;
        Task beside;
        await using (await BlockAsync())
        {
            appends.AddRange(writers.Select(thread => thread.AppendAsync(_log)));
            await UntilBlockedAsync(2);
            batch = [.. threads.Select(thread => thread.AppendAsync(_log))];
            // It is too large for the batch of those before it.
            beside = other.AppendAsync(_log, new() { Body = new byte[1_100_000] });
            await hold.ExecuteNonQueryAsync();
        }

        await Task.WhenAll(appends);
        await UntilBlockedAsync(1);
        await beside;
        batch.ShouldAllBe(append => !append.IsCompleted);

        hold.CommandText = "COMMIT";
        await hold.ExecuteNonQueryAsync();
        await Task.WhenAll(batch);
    }

    [Fact]
    public async Task Append_CancelledWhileItWaits_IsWithdrawn()
    {
        var (writers, kept, withdrawn) = (Threads("writer", 2), new ThreadWriter(ThreadKey.Of("kept")), new ThreadWriter(ThreadKey.Of("withdrawn")));
        using var source = new CancellationTokenSource();
        var appends = new List<Task>();
        await using (await BlockAsync())
        {
            appends.AddRange(writers.Select(thread => thread.AppendAsync(_log, cancellationToken: source.Token)));
            await UntilBlockedAsync(2);
            appends.Add(kept.AppendAsync(_log));
            var waiting = withdrawn.AppendAsync(_log, cancellationToken: source.Token);

            await source.CancelAsync();

            await Should.ThrowAsync<OperationCanceledException>(waiting);
        }

        // Those that were sent tell their true outcome, cancelled or not.
        await Task.WhenAll(appends);
        (await _log.GetHeadAsync(withdrawn.Key)).ShouldBeNull();
        (await _log.GetHeadAsync(kept.Key)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Append_WithinATransactionThatIsRolledBack_StandsOnItsOwn()
    {
        var (thread, other) = (new ThreadWriter(ThreadKey.Of("a")), new ThreadWriter(ThreadKey.Of("b")));
        await using var dataSource = NpgsqlDataSource.Create(_options.ConnectionString!);
        await using var log = new PostgresCommitLog(new() { DataSource = dataSource, Schema = _options.Schema });
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await thread.AppendAsync(_log);
            await other.AppendAsync(log);
        }

        (await _log.GetHeadAsync(thread.Key)).ShouldNotBeNull();
        (await _log.GetHeadAsync(other.Key)).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("repeatable read")]
    [InlineData("serializable")]
    public async Task Log_OfARoleWithAStricterIsolation_KeepsEveryCommit(string isolation)
    {
        await using var log = new PostgresCommitLog(new()
        {
            ConnectionString = $"{_options.ConnectionString};Options=-c default_transaction_isolation={isolation.Replace(" ", "\\ ", StringComparison.Ordinal)}",
            Schema = _options.Schema,
        });
        var key = ThreadKey.Of("shared");

        var accepted = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => Writers.AppendWithRetryAsync(i % 2 == 0 ? log : _log, key))));

        (await HistoryChecker.CheckAsync(_log, accepted)).ShouldSatisfyAllConditions(report => report.Acknowledged.ShouldBe(20), report => report.Unacknowledged.ShouldBe(0));
        (await log.RewriteAsync(key, new Dictionary<long, ReadOnlyMemory<byte>>())).ShouldBeTrue();
        (await log.EraseAsync(key)).ShouldBeTrue();
    }

    // Nobody can write entries until it is disposed of.
    private async Task<NpgsqlConnection> BlockAsync()
    {
        var connection = new NpgsqlConnection(_options.ConnectionString + "Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {_options.Schema}.entries IN EXCLUSIVE MODE", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private Task UntilBlockedAsync(int count) => Waiting.UntilBlockedAsync(_options.Schema, count);

    private async Task<long> TransactionsAsync(string pattern)
        => (long)(await SharedServer.RunAsync(
            $"SELECT count(DISTINCT e.xmin::text) FROM {_options.Schema}.entries e JOIN {_options.Schema}.threads t ON t.number = e.thread WHERE t.thread_id LIKE '{pattern}'"))!;

    // Text that does not compress: an entry of an index is at most 2,700 bytes.
    private static string TooLongForAnIndex { get; } = Convert.ToBase64String([.. Enumerable.Range(0, 200).SelectMany(i => Digest.Compute(BitConverter.GetBytes(i)).ToByteArray())]);

    private static List<ThreadWriter> Threads(string name, int count) => [.. Enumerable.Range(0, count).Select(i => new ThreadWriter(ThreadKey.Of($"{name}-{i:D3}")))];
}
