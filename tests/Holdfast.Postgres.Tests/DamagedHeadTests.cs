using System.Globalization;
using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres.Tests;

/// <summary>A head that cannot be read is reported by whatever reads that thread, and hides no other thread.</summary>
public sealed class DamagedHeadTests : IAsyncLifetime
{
    private PostgresLogOptions _options = new();
    private PostgresCommitLog _log = null!;

    /// <summary>What can be done to a row, where <c>{0}</c> is the schema and <c>{1}</c> names the row.</summary>
    public static TheoryData<string> Damages =>
    [
        "UPDATE {0}.threads SET chain_hash = 'short' WHERE {1}",
        "UPDATE {0}.threads SET metadata = '[]' WHERE {1}",
        "UPDATE {0}.threads SET metadata = '7' WHERE {1}",
        "UPDATE {0}.threads SET metadata_exact = 'no json' WHERE {1}",
        "UPDATE {0}.threads SET version = -1 WHERE {1}",
        "UPDATE {0}.threads SET version = 0 WHERE {1}",
        "UPDATE {0}.threads SET keyframe_version = -3 WHERE {1}",
        "UPDATE {0}.threads SET keyframe_version = 99 WHERE {1}",
        "UPDATE {0}.threads SET message_count = -1 WHERE {1}",
        "UPDATE {0}.threads SET created_at = 'infinity' WHERE {1}",
        "UPDATE {0}.threads SET updated_at = 'infinity' WHERE {1}",
        "UPDATE {0}.threads SET updated_at = '20000-01-01Z' WHERE {1}",
        "UPDATE {0}.threads SET updated_at = '0044-03-15 BC' WHERE {1}",
        "UPDATE {0}.threads SET expires_at = 'infinity' WHERE {1}",
        "UPDATE {0}.threads SET due_at = 'infinity' WHERE {1}",
        "UPDATE {0}.threads SET first_version = 0 WHERE {1}",
        "UPDATE {0}.threads SET first_version = 99 WHERE {1}",
        "UPDATE {0}.threads SET terms = '[7]' WHERE {1}",
        "UPDATE {0}.threads SET properties = '{{\"a\":7}}' WHERE {1}",
        "UPDATE {0}.threads SET properties = '[]' WHERE {1}",
        "UPDATE {0}.threads SET revision = -1 WHERE {1}",
        "UPDATE {0}.threads SET heartbeat = -1 WHERE {1}",
        "UPDATE {0}.threads SET pin_count = -1, lowest_pin = 1 WHERE {1}",
        "UPDATE {0}.threads SET pin_count = 1 WHERE {1}",
        "UPDATE {0}.threads SET lowest_pin = 1 WHERE {1}",
        "UPDATE {0}.threads SET pin_count = 1, lowest_pin = 0 WHERE {1}",
    ];

    public async ValueTask InitializeAsync()
    {
        _options = await SharedServer.NewSchemaAsync();
        _log = await PostgresCommitLog.OpenAsync(_options);
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Head_ThatIsDamaged_IsReportedAndHidesNoOtherThread(string damage)
    {
        await WriteAsync(5);
        await DamageAsync(damage, 2);
        var key = ThreadKey.Of("acme", Id(2));

        await Should.ThrowAsync<CorruptStateException>(async () => await _log.GetHeadAsync(key));
        await Should.ThrowAsync<CorruptStateException>(async () => await _log.ReadTailAsync(key));
        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            foreach (var pageSize in (int[])[1, 2, 3, 100])
            {
                foreach (var tenant in (string?[])["acme", null])
                {
                    (await ListAsync(tenant, new() { Order = order, PageSize = pageSize })).Order(StringComparer.Ordinal).ToList().ShouldBe([Id(0), Id(1), Id(3), Id(4)], customMessage: $"{order}, {pageSize}, {tenant}");
                }
            }
        }
    }

    [Fact]
    public async Task Head_WithAStatusOfANewerVersion_IsToldSoAndHidesNoOtherThread()
    {
        await WriteAsync(3);
        await DamageAsync("UPDATE {0}.threads SET status = 'dreaming' WHERE {1}", 1);
        var key = ThreadKey.Of("acme", Id(1));

        (await Should.ThrowAsync<UnknownFormatException>(async () => await _log.GetHeadAsync(key))).Message.ShouldContain("dreaming");
        await Should.ThrowAsync<UnknownFormatException>(async () => await _log.ReadTailAsync(key));
        await Should.ThrowAsync<UnknownFormatException>(async () => await _log.UpdateHeadAsync(new() { Key = key, Beats = true }));
        (await ListAsync("acme", new() { Order = ThreadOrder.Id })).ShouldBe([Id(0), Id(2)]);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Erase_OfAThreadWithADamagedHead_RemovesIt(string damage)
    {
        await WriteAsync(2);
        await DamageAsync(damage, 1);
        var key = ThreadKey.Of("acme", Id(1));

        (await _log.EraseAsync(key)).ShouldBeTrue();

        (await _log.GetHeadAsync(key)).ShouldBeNull();
        (await SharedServer.RunAsync($"SELECT count(*) FROM {_options.Schema}.entries")).ShouldBe(1L);
        await new ThreadWriter(key).AppendManyAsync(_log, 2);
        (await _log.GetHeadAsync(key))!.Version.ShouldBe(2);
    }

    [Fact]
    public async Task List_WithMoreDamagedHeadsThanAPageHolds_HasEveryWholeThreadOnce()
    {
        await WriteAsync(40);
        await DamageAsync("UPDATE {0}.threads SET status = 'nonsense' WHERE thread_id NOT LIKE '%3' OR {1}", 0);

        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            foreach (var pageSize in (int[])[1, 2, 3, 4, 5, 50])
            {
                string[] expected = [Id(3), Id(13), Id(23), Id(33)];
                (await ListAsync("acme", new() { Order = order, PageSize = pageSize })).ShouldBe(order == ThreadOrder.Id ? expected : expected.Reverse());
            }
        }
    }

    [Fact]
    public async Task List_OfDamagedHeadsOnly_IsOneEmptyPage()
    {
        await WriteAsync(7);
        await DamageAsync("UPDATE {0}.threads SET status = 'nonsense' WHERE tenant = 'acme' OR {1}", 0);

        var page = await _log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default, Filter = new() { PageSize = 2 } });

        page.Heads.ShouldBeEmpty();
        page.Continuation.ShouldBeNull();
    }

    [Theory]
    [InlineData("thread_id = ''")]
    [InlineData("thread_id = E'a\\nb'")]
    [InlineData("tenant = repeat('x', 999)")]
    public async Task List_WithARowWhoseKeyIsNone_HasAllOthers(string change)
    {
        await WriteAsync(3);
        await DamageAsync($"UPDATE {{0}}.threads SET {change} WHERE {{1}}", 1);

        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            (await ListAsync(null, new() { Order = order, PageSize = 1 })).Order(StringComparer.Ordinal).ShouldBe([Id(0), Id(2)]);
        }
    }

    [Fact]
    public async Task List_ThatLeavesADamagedHeadOut_WarnsAndNamesTheThreadButNothingOfIt()
    {
        await WriteAsync(3);
        await DamageAsync("UPDATE {0}.threads SET status = 'private-status', user_id = 'private-user', metadata = '{{\"private-key\": 1}}', metadata_exact = '{{\"private-key\":1,\"private-key\":2}}' WHERE {1}", 1);
        var messages = new Messages();
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(messages);
        builder.Services.AddHoldfast(holdfast => holdfast.UsePostgres(_options.ConnectionString!, chosen => chosen.Schema = _options.Schema));
        using var host = builder.Build();
        var store = host.Services.GetRequiredService<AgentStateStore>().ForTenant("acme");

        (await store.ListPageAsync(new())).Threads.Count.ShouldBe(2);

        var (id, level, text) = messages.All.Where(message => message.Level >= LogLevel.Warning).ShouldHaveSingleItem();
        (id.Id, level).ShouldBe((301, LogLevel.Warning));
        text.ShouldContain("acme:chat-01");
        messages.All.ShouldAllBe(message => !message.Text.Contains("private"));
    }

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"chat-{number:D2}");

    private async Task WriteAsync(int count)
    {
        for (var number = 0; number < count; number++)
        {
            // Each was updated a moment after the one before.
            var at = new DateTimeOffset(2026, 1, 1, 0, 0, number, TimeSpan.Zero);
            await new ThreadWriter(ThreadKey.Of("acme", Id(number))).AppendAsync(_log, new() { At = at, Head = head => head with { UpdatedAt = at } });
        }
    }

    private async Task DamageAsync(string sql, int number)
        => await SharedServer.RunAsync(string.Format(CultureInfo.InvariantCulture, sql, _options.Schema, $"tenant = 'acme' AND thread_id = '{Id(number)}'"));

    private async Task<List<string>> ListAsync(string? tenant, ThreadQuery filter)
    {
        var ids = new List<string>();
        do
        {
            var page = await _log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = tenant, AsOf = default, Filter = filter });
            page.Heads.Count.ShouldBeLessThanOrEqualTo(filter.PageSize);
            ids.AddRange(page.Heads.Select(head => head.Key.Id.Value));
            filter = filter with { Continuation = page.Continuation };
        }
        while (filter.Continuation is not null);

        return ids;
    }
}
