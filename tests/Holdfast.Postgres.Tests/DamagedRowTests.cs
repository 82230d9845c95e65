using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;
using Microsoft.Extensions.AI;

namespace Holdfast.Postgres.Tests;

/// <summary>A row that was changed where the server does not see it has a valid value that it never had. Its guard tells.</summary>
public sealed class DamagedRowTests : IAsyncLifetime
{
    private static readonly ThreadKey Key = ThreadKey.Of("acme", "chat-1");
    private static readonly Pin Pin = new() { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("acme", "fork"), From = 1, To = 2 };
    private readonly ThreadWriter _thread = new(Key);
    private PostgresLogOptions _options = new();
    private PostgresCommitLog _log = null!;

    /// <summary>What a row of <c>threads</c> has that does not follow from the commits, and that no commit writes again.</summary>
    public static TheoryData<string> Changes =>
    [
        "expires_at = expires_at + interval '1 microsecond'",
        "expires_at = NULL",
        "expires_again = NULL",
        "expiry_period = expiry_period + 1",
        "properties = '{\"note\":\"Kept\"}'",
        "properties = NULL",
        "revision = revision # 1",
        "heartbeat = heartbeat # 1",
        "heartbeat_again = heartbeat_again # 1",
        "pin_count = 3",
        "lowest_pin = 2",
        "first_version = 2",
        "life = gen_random_uuid()",
        "guard = set_bit(guard, 100, 1 - get_bit(guard, 100))",
        "guard = 'short'",
    ];

    /// <summary>What the next commit writes again.</summary>
    public static TheoryData<string> OtherChanges => ["due_period = due_period + 1", "due_period = NULL", "period = period # 1"];

    public async ValueTask InitializeAsync()
    {
        _options = await SharedServer.NewSchemaAsync();
        _log = await PostgresCommitLog.OpenAsync(_options);
        var metadata = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["nul"] = JsonElement.Parse("\"a\\u0000b\"") };
        var expiry = new DateTimeOffset(2190, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await _thread.AppendAsync(_log, new() { Head = head => head with { Metadata = metadata, ExpiresAt = expiry, DueAt = expiry } });
        await _thread.AppendManyAsync(_log, 2, keyframes: [3]);
        await _log.UpdateHeadAsync(new() { Key = Key, AddPins = [Pin], Properties = new Dictionary<string, string?> { ["note"] = "kept" }, Beats = true });
        await new ThreadWriter(ThreadKey.Of("acme", "other")).AppendAsync(_log);
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Theory]
    [MemberData(nameof(Changes))]
    [MemberData(nameof(OtherChanges))]
    public async Task Thread_WhoseRowWasChangedUnseen_IsDamagedToAllWhoReadOrChangeItUntilItIsErased(string change)
    {
        await ChangeUnseenAsync("threads", change);
        var before = await RowAsync();

        await ExpectDamageAsync(async () => await _log.GetHeadAsync(Key));
        await ExpectDamageAsync(async () => await _log.ReadTailAsync(Key));
        await ExpectDamageAsync(async () => await _log.SetExpiryAsync(Key, null));
        await ExpectDamageAsync(async () => await _log.UpdateHeadAsync(new() { Key = Key, RemovePins = [Pin.Life] }));
        await ExpectDamageAsync(async () => await _log.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() }));
        await ExpectDamageAsync(async () => await _log.EraseAsync(new EraseRequest { Key = Key, KeepAsTrunk = true }));
        (await RowAsync()).ShouldBe(before);
        var page = await _log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default, Filter = new() { Order = ThreadOrder.Id } });
        page.Heads.ShouldHaveSingleItem().Key.Id.Value.ShouldBe("other");
        page.LeftOut.ShouldHaveSingleItem().ShouldBeOfType<CorruptStateException>().Key.ShouldBe(Key);

        (await _log.EraseAsync(Key)).ShouldBeTrue();
        await new ThreadWriter(Key).AppendAsync(_log);
        (await _log.GetHeadAsync(Key))!.Version.ShouldBe(1);
    }

    /// <summary>What is erased, or appended to, is never what another thread has.</summary>
    [Theory]
    [InlineData("number = (SELECT o.number FROM {0}.threads o WHERE o.thread_id = 'others')")]
    [InlineData("number_again = (SELECT o.number FROM {0}.threads o WHERE o.thread_id = 'others')")]
    [InlineData("number = number + 1000")]
    public async Task Thread_WhoseNumberWasChangedUnseen_IsDamaged_AndLeavesTheEntriesOfOthersWhereTheyAre(string change)
    {
        var others = new ThreadWriter(ThreadKey.Of("acme", "others"));
        await others.AppendManyAsync(_log, 3);
        var own = await SharedServer.RunAsync($"SELECT number FROM {_options.Schema}.threads WHERE thread_id = 'chat-1'");
        await ChangeUnseenAsync("threads", change.Replace("{0}", _options.Schema, StringComparison.Ordinal));

        await ExpectDamageAsync(async () => await _log.GetHeadAsync(Key));
        await ExpectDamageAsync(async () => await _log.ReadTailAsync(Key));
        await ExpectDamageAsync(() => _thread.AppendAsync(_log));
        (await _log.EraseAsync(Key)).ShouldBeTrue();

        (await _log.ReadAsync(others.Key).CountAsync()).ShouldBe(3);
        await others.AppendAsync(_log);
        (await SharedServer.RunAsync($"SELECT count(*) FROM {_options.Schema}.entries WHERE thread = {own}")).ShouldBe(0L);
        await new ThreadWriter(Key).AppendAsync(_log);
    }

    // Commits and heartbeats do not read the row before: they must not make good what is damaged.
    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Row_ThatWasChangedUnseen_StaysDamagedWhateverIsWrittenToItUnread(string change)
    {
        await ChangeUnseenAsync("threads", change);
        await using var preparing = await PostgresCommitLog.OpenAsync(new PostgresLogOptions { ConnectionString = _options.ConnectionString, Schema = _options.Schema, CommandTimeout = Patience.Call, PrepareStatements = true });

        await ExpectDamageAsync(async () => await _log.UpdateHeadAsync(new() { Key = Key, Beats = true }));
        await _thread.AppendAsync(_log, new() { KeepExpiry = true });
        await _thread.AppendAsync(preparing, new() { KeepExpiry = true });
        await Task.WhenAll([_thread.AppendAsync(_log, new() { KeepExpiry = true }), .. Enumerable.Range(0, 8).Select(i => new ThreadWriter(ThreadKey.Of("acme", $"beside-{i}")).AppendManyAsync(_log, 8))]);

        await ExpectDamageAsync(async () => await _log.GetHeadAsync(Key));
    }

    [Theory]
    [InlineData("thread_id = 'Fork'")]
    [InlineData("tenant = ''")]
    [InlineData("space = 1")]
    [InlineData("to_version = 3")]
    [InlineData("from_version = 2")]
    [InlineData("life = gen_random_uuid()")]
    [InlineData("guard = set_bit(guard, 100, 1 - get_bit(guard, 100))")]
    public async Task Pin_WhoseRowWasChangedUnseen_IsDamagedToAllWhoReadIt(string change)
    {
        await ChangeUnseenAsync("pins", change);

        await ExpectDamageAsync(async () => await _log.GetHeadAsync(new HeadRequest { Key = Key, WithPins = true }));
        await ExpectDamageAsync(async () => await _log.UpdateHeadAsync(new() { Key = Key, RemovePins = [Pin.Life] }));
        (await _log.GetHeadAsync(Key))!.PinCount.ShouldBe(1);
    }

    [Theory]
    [InlineData("thread_id = 'chat-9'", "acme:chat-9")]
    [InlineData("tenant = 'bcme'", "bcme:chat-1")]
    [InlineData("space = 4", "acme:chat-1")]
    [InlineData("space = 8", "acme:chat-1")]
    [InlineData("space = -32768", "acme:chat-1")]
    public async Task Verification_OfAllThreads_NamesARowWhoseKeyWasChangedUnseen(string change, string name)
    {
        await using var store = new AgentStateStore(_log);
        await store.UpdateAsync("good", session => session.History.Add(ChatRole.User, "Hi"));
        await _log.EraseAsync(ThreadKey.Of("acme", "other"));
        await ChangeUnseenAsync("threads", change);

        var report = await store.VerifyAllAsync(new() { AllTenants = true });

        report.IsIntact.ShouldBeFalse();
        string.Join('\n', [.. report.Damaged.Select(damaged => damaged.Key.ToString()), .. report.Unreadable.Select(problem => problem.Message)]).ShouldContain(name);
    }

    [Theory]
    [InlineData("thread_id = 'chat-9'", "chat-9")]
    [InlineData(@"thread_id = '\x636861ff'::bytea::text", "cha")]
    public async Task Verification_OfAllThreads_TellsOfARowWhoseKeyWasChangedWhereTheIndexKeepsIt(string change, string name)
    {
        await SharedServer.RunAsync("DO $$ BEGIN CREATE CAST (bytea AS text) WITHOUT FUNCTION; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        await using var store = new AgentStateStore(_log);
        await ChangeUnseenAsync("threads", change, "indislive = false");

        var report = await store.VerifyAllAsync(new() { AllTenants = true });

        report.IsIntact.ShouldBeFalse();
        string.Join('\n', report.Unreadable.Select(problem => problem.Message)).ShouldContain(name);
        await ExpectDamageAsync(async () => await _log.GetHeadAsync(Key));
    }

    [Fact]
    public async Task Recovery_OfAThreadWhoseRowWasChangedUnseen_MakesItWhole()
    {
        await using var store = new AgentStateStore(_log);
        for (var i = 1; i <= 2; i++)
        {
            await store.UpdateAsync("talk", session => session.Variables.Set("i", i));
        }

        await ChangeUnseenAsync("threads", "heartbeat = heartbeat # 1", where: "thread_id = 'talk'");
        await Should.ThrowAsync<CorruptStateException>(async () => await store.LoadAsync("talk"));
        using var taken = new MemoryStream();

        (await store.Thread("talk").RecoverAsync(new() { Quarantine = taken }))!.LastKept.ShouldBe(2);

        (await store.Thread("talk").VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await store.LoadAsync("talk"))!.Variables["i"].GetInt32().ShouldBe(2);
    }

    private static async Task ExpectDamageAsync(Func<Task> call)
        => (await Should.ThrowAsync<CorruptStateException>(call)).Key.ShouldBe(Key);

    private async Task<object?> RowAsync() => await SharedServer.RunAsync($"SELECT t::text FROM {_options.Schema}.threads t WHERE thread_id = 'chat-1'");

    private async Task ChangeUnseenAsync(string table, string change, string indexes = "indislive = true", string where = "thread_id IN ('chat-1', 'fork')")
    {
        var name = $"'{_options.Schema}.{table}'::regclass";
        await SharedServer.RunAsync($"UPDATE pg_attribute SET attidentity = '' WHERE attrelid = {name} AND attname = 'number'; UPDATE pg_index SET {indexes} WHERE indrelid = {name}");
        await SharedServer.RunAsync($"UPDATE {_options.Schema}.{table} SET {change} WHERE {where}");
        await SharedServer.RunAsync($"UPDATE pg_attribute SET attidentity = 'a' WHERE attrelid = {name} AND attname = 'number'; UPDATE pg_index SET indislive = true WHERE indrelid = {name}");
    }
}
