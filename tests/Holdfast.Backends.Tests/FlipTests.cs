using System.Data;
using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Holdfast.DynamoDb;
using Holdfast.Logs;
using Holdfast.Postgres;
using Holdfast.Redis;
using Holdfast.Sqlite;
using Microsoft.Extensions.AI;
using Npgsql;
using StackExchange.Redis;

namespace Holdfast.Backends.Tests;

/// <summary>
/// Each byte of what a backend stores of a small thread is changed, one at a time, where no one looks. Either a verification of the store finds it, or everything reads as it did before.
/// </summary>
public sealed class FlipTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("talk");

    private readonly List<string> _missed = [];

    [Fact]
    public async Task Files_FindEveryByte()
    {
        var directory = Servers.NewStorePath();
        var expected = await FillAsync(() => new FileCommitLog(new() { Directory = directory }));
        foreach (var file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Length > 0))
        {
            var (bytes, time) = (await File.ReadAllBytesAsync(file), File.GetLastWriteTimeUtc(file));
            for (var i = 0; i < bytes.Length; i += Step(i, bytes.Length))
            {
                await WriteAsync(file, time, Flipped(bytes, i));
                await CheckAsync(new FileCommitLog(new() { Directory = directory }), expected, Path.GetFileName(file), i);
            }

            await WriteAsync(file, time, bytes);
        }

        _missed.ShouldBeEmpty();
    }

    [Fact]
    public async Task Sqlite_FindsEveryByte()
    {
        var path = Servers.NewStorePath();
        var expected = await FillAsync(() => new SqliteCommitLog(new() { DataSource = path }));
        var (bytes, damaged) = (await File.ReadAllBytesAsync(path), Servers.NewStorePath());
        for (var i = 0; i < bytes.Length; i += 127)
        {
            await File.WriteAllBytesAsync(damaged, Flipped(bytes, i));
            File.Delete(damaged + "-wal");
            File.Delete(damaged + "-shm");
            await CheckAsync(new SqliteCommitLog(new() { DataSource = damaged }), expected, "database", i);
        }

        _missed.ShouldBeEmpty();
    }

    [Fact]
    public async Task Redis_FindsEveryByte()
    {
        var (address, prefix) = (await Servers.RedisAddressAsync(), Servers.NewStoreName() + ":");
        await using var raw = await ConnectionMultiplexer.ConnectAsync(address);
        var database = raw.GetDatabase();
        Func<ICommitLog> open = () => new RedisCommitLog(new() { Configuration = address, KeyPrefix = prefix });
        var expected = await FillAsync(open);
        await using var log = open();
        foreach (RedisKey hash in (RedisKey[])[$"{prefix}{{:talk}}:head", $"{prefix}{{:talk}}:pins"])
        {
            var fields = await database.HashGetAllAsync(hash);
            foreach (var field in fields)
            {
                var (name, bytes) = ((byte[])field.Name!, (byte[])field.Value!);
                for (var i = 0; i < bytes.Length; i++)
                {
                    await database.HashSetAsync(hash, name, Flipped(bytes, i));
                    await CheckAsync(log, expected, $"{hash} {field.Name}", i);
                }

                // Two fields of one name cannot be.
                foreach (var other in name.Select((_, i) => (RedisValue)Flipped(name, i)).Where(other => fields.All(one => one.Name != other)))
                {
                    await database.HashDeleteAsync(hash, name);
                    await database.HashSetAsync(hash, other, bytes);
                    await CheckAsync(log, expected, $"{hash} the name {other} of {field.Name}", 0);
                    await database.HashDeleteAsync(hash, other);
                    await database.HashSetAsync(hash, name, bytes);
                }

                await database.HashSetAsync(hash, name, bytes);
                await IsWholeAsync(log, expected);
            }
        }

        RedisKey stream = $"{prefix}{{:talk}}:log";
        var entries = await database.StreamRangeAsync(stream);
        for (var version = 0; version < entries.Length; version++)
        {
            foreach (var field in entries[version].Values)
            {
                var bytes = (byte[])field.Value!;
                for (var i = 0; i < bytes.Length; i += Step(i, bytes.Length))
                {
                    await RestoreAsync(version, field.Name, Flipped(bytes, i));
                    await CheckAsync(log, expected, $"entry {field.Name}", i);
                }
            }
        }

        await RestoreAsync(-1, "", []);
        await IsWholeAsync(log, expected);
        _missed.ShouldBeEmpty();
        return;

        async Task RestoreAsync(int changed, RedisValue name, byte[] value)
        {
            var batch = database.CreateTransaction();
            _ = batch.KeyDeleteAsync(stream);
            for (var i = 0; i < entries.Length; i++)
            {
                var values = entries[i].Values.Select(entry => i == changed && entry.Name == name ? new NameValueEntry(name, value) : entry).ToArray();
                _ = batch.StreamAddAsync(stream, values, entries[i].Id);
            }

            await batch.ExecuteAsync();
        }
    }

    [Fact]
    public async Task Postgres_FindsEveryColumn()
    {
        var (connection, schema) = (await Servers.PostgresConnectionAsync(), Servers.NewStoreName());
        Func<ICommitLog> open = () => new PostgresCommitLog(new() { ConnectionString = connection, Schema = schema });
        var expected = await FillAsync(open);
        await using var log = open();
        await using var source = NpgsqlDataSource.Create(connection);

        // So that the number can be changed as other columns can.
        await RunAsync(source, $"ALTER TABLE {schema}.threads ALTER COLUMN number DROP IDENTITY");
        foreach (var table in new[] { "threads", "entries", "pins" })
        {
            await RunAsync(source, $"CREATE TABLE {schema}.kept_{table} AS SELECT * FROM {schema}.{table}");
            var row = (table == "threads" ? "thread_id = 'talk' AND space = 0" : $"thread = (SELECT number FROM {schema}.threads WHERE thread_id = 'talk' AND space = 0)") + (table == "entries" ? " AND version = 2" : "");
            foreach (var (column, changes) in await ChangesAsync(source, schema, table))
            {
                foreach (var change in changes)
                {
                    if (await RunAsync(source, $"UPDATE {schema}.{table} SET {column} = {change} WHERE {row} AND ({column})::text IS DISTINCT FROM ({change})::text") == 0)
                    {
                        continue;
                    }

                    var isLost = $"{table}.{column}" is "threads.space" or "threads.tenant" or "threads.thread_id";
                    await CheckAsync(log, expected, $"{table}.{column} = {change}", 0, isLost);
                    await RunAsync(source, $"DELETE FROM {schema}.{table}; INSERT INTO {schema}.{table} SELECT * FROM {schema}.kept_{table}");
                }
            }
        }

        _missed.ShouldBeEmpty();
        (await DescribeAsync(log)).ShouldBe(expected);
    }

    [Fact]
    public async Task DynamoDb_FindsEveryAttribute()
    {
        var (url, table) = (await Servers.DynamoDbUrlAsync(), Servers.NewStoreName());
        Func<ICommitLog> open = () => new DynamoDbCommitLog(new() { ServiceUrl = url, Region = "us-east-1", Credentials = new BasicAWSCredentials("local", "local"), TableName = table, CreateTable = true });
        var expected = await FillAsync(open);
        await using var log = open();
        using var client = new AmazonDynamoDBClient(new BasicAWSCredentials("local", "local"), new AmazonDynamoDBConfig { ServiceURL = url, AuthenticationRegion = "us-east-1" });
        var items = (await client.ScanAsync(new() { TableName = table })).Items;

        // The head, a pin, and one entry: a chain that does not fit is read again for a while, as it might be of a moment ago.
        foreach (var item in items.Where(item => item.Values.Any(value => value.S is { } text && text.Contains("talk", StringComparison.Ordinal))
            && (item["sk"].S is not ['e', ..] || item["sk"].S.EndsWith('2'))))
        {
            foreach (var (name, value) in item.Where(attribute => attribute.Key is not ("pk" or "sk")))
            {
                var changes = ChangesOf(value).ToList();
                for (var i = 0; i < changes.Count; i += name == "chain" ? changes.Count : Math.Max(1, changes.Count / 3))
                {
                    await client.PutItemAsync(table, new(item) { [name] = changes[i] });
                    await CheckAsync(log, expected, name, i);
                }

                var renamed = new Dictionary<string, AttributeValue>(item) { [name[..^1] + (char)(name[^1] ^ 1)] = value };
                renamed.Remove(name);
                await client.PutItemAsync(table, renamed);
                await CheckAsync(log, expected, $"the name {name}", 0);
            }

            await client.PutItemAsync(table, item);
            await IsWholeAsync(log, expected);
        }

        _missed.ShouldBeEmpty();
    }

    // A thread with a keyframe, metadata, an owner, an expiry, a property, a pin and a lease; and another one.
    private static async Task<string> FillAsync(Func<ICommitLog> open)
    {
        await using (var store = new AgentStateStore(open()))
        {
            for (var i = 1; i <= 3; i++)
            {
                await store.UpdateAsync(
                    "talk",
                    session =>
                    {
                        session.History.Add(ChatRole.User, i == 2 ? new string('x', 16_500) : "Grüße \u0000 \"");
                        session.Variables.Set("i", i);
                        session.Metadata.Set("language", "en");
                    },
                    new OpenOptions { UserId = "ann", Agent = "helper" });
            }

            await store.Thread("talk").ExtendAsync(TimeSpan.FromDays(400));
            var head = (await store.CommitLog.GetHeadAsync(Key))!;
            head.KeyframeVersion.ShouldBe(3);
            (await store.CommitLog.UpdateHeadAsync(new()
            {
                Key = Key,
                Properties = new Dictionary<string, string?> { ["note"] = "kept" },
                AddPins = [new() { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("fork"), From = 1, To = 2 }],
                Beats = true,
            })).ShouldNotBeNull();
            await store.UpdateAsync("talk", session => session.Variables.Set("last", true));
            await store.UpdateAsync("other", session => session.Variables.Set("a", 1));
        }

        // A second one, so that whatever is written when a log is opened is written.
        await using var log = open();
        await using var again = new AgentStateStore(log);
        (await again.VerifyAllAsync()).IsIntact.ShouldBeTrue();
        return await DescribeAsync(log);
    }

    // A server is asked for the one thread: a listing would take longer, and its indexes only nominate. One that may be lost under its name is looked for among all.
    private async Task CheckAsync(ICommitLog log, string expected, string what, int place, bool isLost = false)
    {
        try
        {
            var store = new AgentStateStore(log, new() { Retry = new() { MaxRetries = 0 } });
            var isIntact = isLost || log is FileCommitLog or SqliteCommitLog ? (await store.VerifyAllAsync(new() { AllTenants = true })).IsIntact : (await store.Thread("talk").VerifyAsync())?.IsIntact ?? true;
            if (isIntact && await DescribeAsync(log) is var found && found != expected)
            {
                _missed.Add($"{what} at {place}");
            }
        }
        catch (Exception e) when (e is AgentStateException)
        {
            // Found, and told.
        }
        finally
        {
            if (log is FileCommitLog or SqliteCommitLog)
            {
                await log.DisposeAsync();
            }
        }
    }

    // What was found was found because of one change, and not of one that was left over.
    private static async Task IsWholeAsync(ICommitLog log, string expected)
    {
        (await new AgentStateStore(log).Thread("talk").VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await DescribeAsync(log)).ShouldBe(expected);
    }

    private static async Task<string> DescribeAsync(ICommitLog log)
    {
        List<string> lines = log is FileCommitLog or SqliteCommitLog ? await SampleThreads.DescribeAsync(log) : [];
        if (await log.GetHeadAsync(new HeadRequest { Key = Key, WithPins = true }) is { } head)
        {
            var metadata = string.Join(',', head.Metadata.Select(pair => $"{pair.Key}={pair.Value.GetRawText()}"));
            lines.Add($"{head with { Metadata = ThreadHead.EmptyMetadata, Properties = ThreadHead.NoProperties, Terms = [], Pins = null }} {head.CreatedAt:O} {head.UpdatedAt:O} {head.ExpiresAt:O} {metadata} {string.Join(',', head.Terms)} {string.Join(',', head.Properties)} {string.Join(',', head.Pins!)}");
            lines.AddRange(await log.ReadAsync(Key).Select(entry => $"{entry with { Body = default }} {entry.At:O} {Digest.Compute(entry.Body.Span)}").ToListAsync());
        }

        return string.Join('\n', lines);
    }

    // Every byte of what is small, and some of a long text.
    private static int Step(int i, int length) => length <= 2500 || i < 400 || i > length - 400 ? 1 : 1009;

    private static byte[] Flipped(byte[] bytes, int place)
    {
        var flipped = bytes.ToArray();
        flipped[place] ^= (byte)(1 << (place % 8));
        return flipped;
    }

    // As bits rot: the time of the file stays.
    private static async Task WriteAsync(string file, DateTime time, byte[] bytes)
    {
        await File.WriteAllBytesAsync(file, bytes);
        File.SetLastWriteTimeUtc(file, time);
    }

    private static async Task<List<(string Column, string[] Changes)>> ChangesAsync(NpgsqlDataSource source, string schema, string table)
    {
        var columns = new List<(string, string[])>();
        await using var command = source.CreateCommand($"SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '{schema}' AND table_name = '{table}'");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (name, type) = (reader.GetString(0), reader.GetString(1));
            string[] changes = type switch
            {
                "bytea" => [$"set_bit({name}, 5, 1 - get_bit({name}, 5))", "NULL"],
                "json" or "jsonb" => [$"regexp_replace({name}::text, '[a-z]', 'A')::{type}", $"regexp_replace({name}::text, '[ny]\"', 'z\"')::{type}", "NULL"],
                "uuid" => ["'01990000-0000-7000-8000-000000000001'"],
                "boolean" => [$"NOT {name}"],
                "text" => [$"overlay({name} placing chr(ascii({name}) # 1) from 1 for 1)", $"{name} || 'x'", "NULL", "'x'"],
                "timestamp with time zone" => [$"{name} + interval '1 microsecond'", $"{name} - interval '1 day'", "NULL", "now()"],
                _ => [$"{name} # 1", $"{name} # 2", $"{name} # 8", "NULL", "1"],
            };
            columns.Add((name, changes));
        }

        return columns;
    }

    /// <returns>How many rows were changed.</returns>
    private static async Task<int> RunAsync(NpgsqlDataSource source, string sql)
    {
        try
        {
            await using var command = source.CreateCommand(sql);
            return await command.ExecuteNonQueryAsync();
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("23", StringComparison.Ordinal) || e.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            // The server does not take such a value.
            return 0;
        }
    }

    private static IEnumerable<AttributeValue> ChangesOf(AttributeValue value)
    {
        if (value.B is { } binary)
        {
            var bytes = binary.ToArray();
            return bytes.Select((_, i) => new AttributeValue { B = new(Flipped(bytes, i)) });
        }

        if (value.N is { } number)
        {
            return [new() { N = (long.Parse(number, CultureInfo.InvariantCulture) ^ 1).ToString(CultureInfo.InvariantCulture) }, new() { N = (long.Parse(number, CultureInfo.InvariantCulture) ^ 4).ToString(CultureInfo.InvariantCulture) }];
        }

        if (value.BS is { Count: > 0 } set)
        {
            return [new() { BS = [new(Flipped(set[0].ToArray(), 3)), .. set.Skip(1)] }];
        }

        return value.S is { } text
            ? text.Select((c, i) => new AttributeValue { S = string.Concat(text.AsSpan(0, i), ((char)(c ^ 1)).ToString(), text.AsSpan(i + 1)) })
            : value.BOOL is { } flag ? [new() { BOOL = !flag }] : [];
    }
}
