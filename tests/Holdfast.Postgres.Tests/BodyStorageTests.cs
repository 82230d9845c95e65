using System.Text;
using Holdfast.Logs;
using Holdfast.Postgres.Rows;
using Holdfast.Testing;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Tests;

/// <summary>What JSON columns can hold is in them, to be queried; everything else is kept as bytes.</summary>
public sealed class BodyStorageTests
{
    public static TheoryData<string> Plain =>
    [
        """{"v":1,"set":{"variables":{"name":"John"}}}""", "{\t\"a\" :\r\n[ 1 ,2,  3 ] } ", """{"z":1,"a":2,"z":3,"":5}""",
        """{"a":1.0,"b":1e0,"c":-0,"d":-0.0,"e":1E+2,"g":1e400,"h":0.10,"i":1e-300}""", """{"pair":"\ud83d\ude00","slash":"\/","upper":"\u00E9\u00e9\u0001"}""",
        """{"not an escape":"\\u0000","nor this":"\\\\ud83d"}""", """{"text":"Größe 数据 🦑 \uffff \ufeff"}""", "{\"\\\"\":\"\\\\\"}",
        """{"n":12345678901234567890123456789012345678901234567890}""",
    ];

    public static TheoryData<string> Sealed =>
    [
        """{"nul":"\u0000"}""", """{"\u0000":"key"}""", """{"high":"\ud83d"}""", """{"low":"\ude00"}""", """{"swapped":"\ude00\ud83d"}""", """{"cut":"\ud83d\n\ude00"}""",
        """{"twice":"\ud83d\ud83d\ude00"}""", """{"end":["x\\\ud83d"]}""", """{"n":1e999999}""", """{"n":-1e-999999}""", """{"n":1e99999999999999999999}""",
        "{", "{}{}", "\ufeff{}", "{\"a\":1,}", "{'a':1}", "{\"a\":NaN}", "[1 /* no comment */]", "", " ", "plain text", "HFB1 sealed", "{\"a\":\"\u0000\"}", "{\"a\":\"\n\"}", "01", "tru",
        " {}", "null", "\"x\"", "1", "[]",
    ];

    [Theory]
    [MemberData(nameof(Plain))]
    public async Task Body_ThatJsonHoldsExactly_IsStoredAsJsonThatCanBeQueried(string text)
        => await ExpectStoredAsync(Encoding.UTF8.GetBytes(text), asJson: true);

    [Theory]
    [MemberData(nameof(Sealed))]
    public async Task Body_ThatJsonCannotHold_IsStoredAsBytes(string text)
        => await ExpectStoredAsync(Encoding.UTF8.GetBytes(text), asJson: false);

    [Fact]
    public async Task Body_OfInvalidUtf8WithinJson_IsStoredAsBytes()
        => await ExpectStoredAsync([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x22, 0x7d], asJson: false);

    [Fact]
    public async Task Body_DeeperThanAnyCommit_IsStoredAsBytes()
        => await ExpectStoredAsync(Encoding.UTF8.GetBytes(new string('[', 5_000) + new string(']', 5_000)), asJson: false);

    [Fact]
    public async Task Json_ThatIsTakenForPlain_IsNeverRefusedByTheServer()
    {
        // Random texts made of the pieces that are hard: what is said to fit must fit, in json and in jsonb.
        string[] pieces = ["{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\u0000", "\\ud83d", "\\ude00", "0", "1", "e", "E+", "-", ".", "9999", "true", "null", "a", "é", "🦑", " ", "\n", "\0", "\"a\":", "\"x\""];
        var random = new Random(20261121);
        await using var dataSource = NpgsqlDataSource.Create((await SharedServer.GetAsync()).ConnectionString());
        await using var connection = await dataSource.OpenConnectionAsync();
        var held = 0;
        for (var i = 0; i < 30_000; i++)
        {
            var inner = string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => pieces[random.Next(pieces.Length)]));
            var body = Encoding.UTF8.GetBytes((i % 3) switch { 0 => inner, 1 => $"{{\"a\":\"{inner}\"}}", _ => $"[{inner}]" });
            if (PlainJson.CanHold(body))
            {
                held++;
                await using var command = new NpgsqlCommand("SELECT convert_to($1::text, 'UTF8') = $2 AND $1::jsonb IS NOT NULL", connection);
                command.Parameters.Add(new() { Value = body, NpgsqlDbType = NpgsqlDbType.Json });
                command.Parameters.Add(new() { Value = body, NpgsqlDbType = NpgsqlDbType.Bytea });
                (await command.ExecuteScalarAsync()).ShouldBe(true, Encoding.UTF8.GetString(body));
            }
        }

        held.ShouldBeGreaterThan(1_000);
    }

    [Fact]
    public async Task Metadata_OfStringsThatJsonbCannotHold_ComesBackAndIsFoundBesideWhatItCan()
    {
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["nul"] = "\"a\\u0000b\"",
            ["lone"] = "\"\\ud83d\"",
            ["k\0ey"] = "1",
            ["huge"] = "1e999999",
            ["long"] = "0.1234567890123456789012345678901234567890",
            ["exponent"] = "1e2",
            ["deep"] = "{\"x\":[\"\\u0000\"]}",
            ["plain"] = "\"red\"",
            ["$term"] = "\"s\"",
        };
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(log, new() { Head = head => head with { Metadata = metadata.ToDictionary(pair => pair.Key, pair => System.Text.Json.JsonElement.Parse(pair.Value)) } });

        var read = (await log.GetHeadAsync(thread.Key))!;

        read.Metadata.ToDictionary(pair => pair.Key, pair => pair.Value.GetRawText()).ShouldBe(metadata, ignoreOrder: true);
        foreach (var (key, json) in metadata.Where(pair => pair.Key != "deep"))
        {
            var page = await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { Metadata = new Dictionary<string, System.Text.Json.JsonElement> { [key] = System.Text.Json.JsonElement.Parse(json) } } });
            page.Heads.Count.ShouldBe(1, key);
        }

        (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new ThreadQuery().WithMetadata("exponent", 100) })).Heads.Count.ShouldBe(1);
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new ThreadQuery().WithMetadata("nul", "ab") })).Heads.ShouldBeEmpty();
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new ThreadQuery().WithMetadata("nul", "a\ufffdb") })).Heads.ShouldBeEmpty();
    }

    [Fact]
    public async Task Head_WithTextThatPostgresCannotHold_IsRefusedBeforeItIsSentAndFoundByNobody()
    {
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());
        var (bad, good) = (new ThreadWriter(ThreadKey.Of("bad")), new ThreadWriter(ThreadKey.Of("good")));

        // Not data of a theory: attributes cannot hold halves of surrogate pairs either.
        foreach (var text in (string[])["ann\0", "\ud83d", "x\ude00y"])
        {
            await Should.ThrowAsync<InvalidIdentifierException>(() => bad.AppendAsync(log, new() { Head = head => head with { UserId = text } }));
            await Should.ThrowAsync<InvalidIdentifierException>(() => bad.AppendAsync(log, new() { Head = head => head with { Agent = text } }));

            await Should.ThrowAsync<InvalidStateValueException>(() => bad.AppendAsync(log, new() { Head = head => head with { Terms = ["key", text] } }));

            await good.AppendAsync(log);
            (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Terms = [text] })).Heads.ShouldBeEmpty();
            (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { UserId = text } })).Heads.ShouldBeEmpty();
            (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { Agent = text } })).Heads.ShouldBeEmpty();
        }
    }

    private static async Task ExpectStoredAsync(byte[] body, bool asJson)
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(log, new() { Body = body });
        await thread.AppendAsync(log, new() { IsKeyframe = true });
        await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = body });

        await foreach (var entry in log.ReadAsync(thread.Key, 1, 1))
        {
            entry.Body.ToArray().ShouldBe(body);
        }

        PlainJson.IsBody(body).ShouldBe(asJson);
        (await SharedServer.RunAsync($"SELECT body IS NOT NULL FROM {options.Schema}.entries WHERE version = 1")).ShouldBe(asJson);
        await SharedServer.RunAsync($"SELECT body::jsonb FROM {options.Schema}.entries");
    }
}
