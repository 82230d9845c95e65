using Holdfast.Testing;
using Microsoft.Extensions.AI;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>The queries of <c>docs/postgres.md</c> run, and answer what they are said to answer.</summary>
public sealed class DocumentationTests(DocumentedDatabase database) : IClassFixture<DocumentedDatabase>
{
    [Fact]
    public async Task EveryQuery_OfTheDocument_RunsAndFindsSomething()
    {
        var queries = Blocks("sql").ToList();
        queries.Count.ShouldBeGreaterThan(6);
        foreach (var (heading, sql) in queries)
        {
            var rows = await database.QueryAsync(sql);

            (rows.Count > 0 || sql.StartsWith("CREATE", StringComparison.Ordinal)).ShouldBeTrue($"{heading}: {sql}");
        }
    }

    [Fact]
    public async Task EveryColumn_OfTheTables_IsInTheDocument()
    {
        var rows = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "postgres.md"));
        foreach (var table in (string[])["threads", "entries", "pins"])
        {
            var row = rows.Single(line => line.StartsWith($"| `{table}` |", StringComparison.Ordinal));
            var documented = row.Split('`').Where((_, i) => i % 2 == 1).Skip(1);

            documented.ShouldBe(await database.QueryAsync(
                $"SELECT column_name FROM information_schema.columns WHERE table_schema = 'holdfast' AND table_name = '{table}' ORDER BY ordinal_position"));
        }
    }

    [Fact]
    public async Task VariablesAcrossThreads_AreTheNewestOfEachThread()
    {
        var queries = Under("Variables across threads");
        await database.QueryAsync(queries[0]);

        (await database.QueryAsync(queries[1])).ShouldBe(["free|2", "gold|2"]);
        (await database.QueryAsync("SELECT thread_id, value FROM holdfast.variables WHERE key = 'draft'")).ShouldBe(["thread-1|\"kept\""]);
        (await database.QueryAsync("SELECT value FROM holdfast.variables WHERE key = 'count' AND thread_id = 'long'")).ShouldBe(["599"]);
    }

    [Fact]
    public async Task MessagesPerDay_AreCounted()
        => (await database.QueryAsync(Under("Messages per day")[0])).ShouldBe(["11/21/2026|8|307|5", "11/22/2026|0|300|1"]);

    [Fact]
    public async Task ByAgent_ThreadsAndMessagesAreCounted()
    {
        var rows = await database.QueryAsync(Under("By agent")[0]);

        rows.ShouldContain(row => row.StartsWith("Billing|2|4|", StringComparison.Ordinal));
        rows.ShouldContain(row => row.StartsWith("Support|2|4|", StringComparison.Ordinal));
        rows.ShouldContain(row => row.StartsWith("(none)|1|0|", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatWasSaid_HasTheTexts()
        => (await database.QueryAsync(Under("What was said")[0])).ShouldContain("thread-1|1|user|question 1");

    [Fact]
    public async Task ThreadsByMetadata_AreThoseWithTheValue()
        => (await database.QueryAsync(Under("Threads by metadata")[0])).Select(row => row.Split('|')[0]).Order().ShouldBe(["thread-0", "thread-2"]);

    [Fact]
    public async Task WhoWaitsForAPerson_IsListed()
        => (await database.QueryAsync(Under("Who waits for a person")[0])).Single().ShouldStartWith("|thread-3|");

    [Fact]
    public async Task Rights_OfTheDocument_AreEnough()
    {
        var grants = Blocks("").Single(block => block.Text.StartsWith("GRANT", StringComparison.Ordinal)).Text;
        await database.QueryAsync("DROP ROLE IF EXISTS app");
        await database.QueryAsync("CREATE ROLE app LOGIN PASSWORD 'app'");
        await database.QueryAsync(grants);
        await using var log = await PostgresCommitLog.OpenAsync(
            new PostgresLogOptions { ConnectionString = database.ConnectionString + ";Username=app;Password=app", SchemaMode = PostgresSchemaMode.Assert });
        var store = new AgentStateStore(log).ForTenant("app");

        await store.UpdateAsync("a", session => session.Variables.Set("x", 1));
        (await store.Thread("a").EraseAsync()).ShouldBeTrue();
    }

    private static List<string> Under(string heading) => [.. Blocks("sql").Where(block => block.Heading == heading).Select(block => block.Text)];

    private static IEnumerable<(string Heading, string Text)> Blocks(string language)
    {
        var (heading, block) = ("", (List<string>?)null);
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "postgres.md")))
        {
            if (block is not null && line == "```")
            {
                yield return (heading, string.Join('\n', block.Skip(1)));
                block = null;
            }
            else if (block is not null)
            {
                block.Add(line);
            }
            else if (line.StartsWith("```", StringComparison.Ordinal))
            {
                block = line == "```" + language ? [line] : null;
                heading = block is null ? heading + "\0" : heading;
            }
            else
            {
                heading = line.StartsWith('#') ? line.TrimStart('#', ' ') : heading;
            }
        }
    }
}

/// <summary>A database with the schema of the document, in which some agents have been at work.</summary>
public sealed class DocumentedDatabase : IAsyncLifetime
{
    public string ConnectionString { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await SharedServer.RunAsync("CREATE DATABASE documented");
        ConnectionString = (await SharedServer.GetAsync()).ConnectionString("documented");
        var time = new FakeTimeProvider(new(2026, 11, 21, 23, 0, 0, TimeSpan.Zero));
        await using var store = new AgentStateStore(await PostgresCommitLog.OpenAsync(ConnectionString), new() { TimeProvider = time });
        for (var i = 0; i < 4; i++)
        {
            var session = await store.OpenAsync($"thread-{i}", new() { UserId = "ann" });
            session.Agent = i % 2 == 0 ? "Billing" : "Support";
            session.Metadata.Set("team", i % 2 == 0 ? "red" : "blue");
            session.Variables.Set("plan", "free");
            session.Variables.Set("draft", "kept");
            session.History.AddRange([new ChatMessage(ChatRole.User, $"question {i}"), new(ChatRole.Assistant, $"answer {i}")]);
            await session.CommitAsync();
            if (i >= 2)
            {
                session.Variables.Set("plan", "gold");
            }

            if (i != 1)
            {
                session.Variables.Remove("draft");
            }

            session.Status = i == 3 ? ThreadStatus.WaitingForApproval : ThreadStatus.Idle;
            await session.CommitAsync();
        }

        // Long enough for keyframes, which say again what the commits before them had said.
        var counting = await store.OpenAsync("long");
        for (var i = 0; i < 600; i++)
        {
            if (i == 300)
            {
                time.Advance(TimeSpan.FromHours(2));
            }

            counting.Variables.Set("count", i);
            await counting.CommitAsync();
        }

        await QueryAsync("UPDATE holdfast.threads SET due_at = '2026-01-01Z', due_period = 0 WHERE thread_id = 'long'");
    }

    /// <summary>Runs SQL, and returns its rows with their columns between bars.</summary>
    public async Task<List<string>> QueryAsync(string sql)
    {
        await using var dataSource = NpgsqlDataSource.Create(ConnectionString + "Pooling=false");
        await using var command = dataSource.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Add(string.Join('|', values.Select(value => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture))));
        }

        return rows;
    }

    public ValueTask DisposeAsync() => default;
}
