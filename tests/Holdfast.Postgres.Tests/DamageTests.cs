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
    [InlineData("DELETE FROM {0}.entries", 6)]
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

    [Fact]
    public async Task Append_WhereAnEntryStandsBeyondTheHead_IsRefusedAndOverwritesNothing()
    {
        await DamageAsync("INSERT INTO {0}.entries SELECT thread, 7, at, gen_random_uuid(), 0, 2, false, false, body_hash, '{{}}', NULL FROM {0}.entries WHERE version = 6");

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

        (await SharedServer.RunAsync($"SELECT count(*) FROM {_options.Schema}.entries WHERE is_rewritten")).ShouldBe(0L);
    }

    private async Task DamageAsync(string sql)
        => await SharedServer.RunAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, _options.Schema));
}
