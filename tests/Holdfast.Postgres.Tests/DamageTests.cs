using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>What was changed or lost in the tables is reported as damage; nothing is written over it.</summary>
public sealed class DamageTests : IAsyncLifetime
{
    private readonly ThreadWriter _thread = new(ThreadKey.Of("a"));
    private PostgresLogOptions _options = new();
    private PostgresCommitLog _log = null!;

    public async ValueTask InitializeAsync()
    {
        _options = await SharedServer.NewSchemaAsync();
        _log = await PostgresCommitLog.OpenAsync(_options);
        await _thread.AppendManyAsync(_log, 6, keyframes: [3]);
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Theory]
    [InlineData("DELETE FROM {0}.entries WHERE version = 6", 6)]
    [InlineData("DELETE FROM {0}.entries WHERE version = 5", 5)]
    [InlineData("DELETE FROM {0}.entries WHERE version = 3", 3)]
    [InlineData("DELETE FROM {0}.entries", 3)]
    [InlineData("UPDATE {0}.entries SET rewritten_hash = 'short' WHERE version = 4", 4)]
    [InlineData("UPDATE {0}.entries SET body_hash = 'short' WHERE version = 4", 4)]
    [InlineData("UPDATE {0}.entries SET at = 'infinity' WHERE version = 4", 4)]
    [InlineData("UPDATE {0}.entries SET at = '20000-01-01Z' WHERE version = 4", 4)]
    public async Task Tail_WithAnEntryLostOrChanged_NamesItsVersion(string damage, long version)
    {
        await DamageAsync(damage);

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await _log.ReadTailAsync(_thread.Key));

        error.Version.ShouldBe(version);
        error.Key.ShouldBe(_thread.Key);
    }

    [Theory]
    [InlineData("body_hash = 'short'")]
    [InlineData("at = 'infinity'")]
    [InlineData("body = NULL")]
    public async Task Read_WithADamagedEntry_ReturnsWhatIsWholeBeforeItAndGoesOnAfterIt(string damage)
    {
        await DamageAsync($"UPDATE {{0}}.entries SET {damage} WHERE version = 4");

        await ExpectReadAsync(1, 6, ReadDirection.Forward, [1, 2, 3], damagedAt: 4);
        await ExpectReadAsync(5, 6, ReadDirection.Forward, [5, 6]);
        await ExpectReadAsync(1, 6, ReadDirection.Backward, [6, 5], damagedAt: 4);
        await ExpectReadAsync(1, 3, ReadDirection.Backward, [3, 2, 1]);
    }

    [Fact]
    public async Task Read_WithAnEntryThatTheServerCannotRead_ReturnsWhatIsWholeBeforeItAndGoesOnAfterIt()
    {
        // The fourth body is the only one that is kept apart from its row; there it is taken away.
        await SharedServer.RunAsync("CREATE EXTENSION IF NOT EXISTS pg_surgery");
        var (random, body) = (new Random(1), new byte[50_000]);
        random.NextBytes(body);
        await _log.EraseAsync(_thread.Key);
        var thread = new ThreadWriter(_thread.Key);
        for (var version = 1; version <= 6; version++)
        {
            await thread.AppendAsync(_log, version == 4 ? new() { Body = body } : null);
        }

        var toast = (string)(await SharedServer.RunAsync($"SELECT reltoastrelid::regclass::text FROM pg_class WHERE oid = '{_options.Schema}.entries'::regclass"))!;
        await SharedServer.RunAsync($"SELECT heap_force_kill('{toast}'::regclass, (SELECT array_agg(ctid) FROM {toast}))");

        await ExpectReadAsync(1, 6, ReadDirection.Forward, [1, 2, 3], damagedAt: 4);
        await ExpectReadAsync(5, 6, ReadDirection.Forward, [5, 6]);
        await ExpectReadAsync(1, 6, ReadDirection.Backward, [6, 5], damagedAt: 4);
    }

    [Theory]
    [InlineData("space = 99")]
    [InlineData("thread_id = ''")]
    public async Task Pins_ThatAreDamaged_AreReportedToWhoeverReadsThem(string damage)
    {
        await _log.UpdateHeadAsync(new() { Key = _thread.Key, AddPins = [new() { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("b"), From = 1, To = 6 }] });
        await DamageAsync($"UPDATE {{0}}.pins SET {damage}");

        await Should.ThrowAsync<CorruptStateException>(async () => await _log.GetHeadAsync(new HeadRequest { Key = _thread.Key, WithPins = true }));
        await Should.ThrowAsync<CorruptStateException>(async () => await _log.UpdateHeadAsync(new() { Key = _thread.Key, RemovePins = [CommitId.New(TimeProvider.System)] }));
        (await _log.UpdateHeadAsync(new() { Key = _thread.Key, Beats = true }))!.PinCount.ShouldBe(1);
        (await _log.GetHeadAsync(_thread.Key))!.PinCount.ShouldBe(1);
        (await _log.EraseAsync(_thread.Key)).ShouldBeTrue();
        (await SharedServer.RunAsync($"SELECT count(*) FROM {_options.Schema}.pins")).ShouldBe(0L);
    }

    [Fact]
    public async Task Append_WhereAnEntryStandsBeyondTheHead_IsRefusedAndOverwritesNothing()
    {
        await DamageAsync("INSERT INTO {0}.entries SELECT thread, 7, at, gen_random_uuid(), 0, 2, false, body_hash, NULL, '{{}}', NULL FROM {0}.entries WHERE version = 6");

        var error = await Should.ThrowAsync<CorruptStateException>(() => _thread.AppendAsync(_log));

        error.Version.ShouldBe(7);
        (await SharedServer.RunAsync($"SELECT body::text FROM {_options.Schema}.entries WHERE version = 7")).ShouldBe("{}");
        (await _log.GetHeadAsync(_thread.Key))!.Version.ShouldBe(6);
    }

    [Fact]
    public async Task Append_OfANewThreadWhenTheSequenceWasSetBack_NeverMixesTwoThreads()
    {
        await DamageAsync("DELETE FROM {0}.entries WHERE version < 3");
        await DamageAsync("SELECT setval(pg_get_serial_sequence('{0}.threads', 'number'), 1, false)");

        var error = await Should.ThrowAsync<CorruptStateException>(() => new ThreadWriter(ThreadKey.Of("b")).AppendAsync(_log));

        error.Message.ShouldContain("sequence");
        (await _log.ReadTailAsync(_thread.Key))!.Entries.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Rewrite_OfAnEntryThatIsLost_ChangesNothing()
    {
        await DamageAsync("DELETE FROM {0}.entries WHERE version = 2");

        await Should.ThrowAsync<CorruptStateException>(async () => await _log.RewriteAsync(
            _thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray(), [2] = "{}"u8.ToArray() }));

        (await SharedServer.RunAsync($"SELECT count(*) FROM {_options.Schema}.entries WHERE rewritten_hash IS NOT NULL")).ShouldBe(0L);
    }

    private async Task ExpectReadAsync(long from, long to, ReadDirection direction, long[] expected, long? damagedAt = null)
    {
        var read = new List<long>();
        var error = await Record.ExceptionAsync(async () =>
        {
            await foreach (var entry in _log.ReadAsync(_thread.Key, from, to, direction))
            {
                read.Add(entry.Version);
            }
        });

        read.ShouldBe([.. expected], customMessage: error?.ToString());
        ((error as CorruptStateException)?.Version).ShouldBe(damagedAt, error?.Message);
        (error is null).ShouldBe(damagedAt is null);
    }

    private async Task DamageAsync(string sql)
        => await SharedServer.RunAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, _options.Schema));
}
