using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>The store in the folder <c>Fixtures</c>: the script that made its schema, and the rows of each table, as <c>COPY</c> writes them.</summary>
internal static class FormatFixture
{
    private static readonly string[] Tables = ["threads", "entries", "pins"];

    /// <summary>The threads of the store.</summary>
    public static IReadOnlyList<ThreadKey> Keys { get; } =
    [
        ThreadKey.Of("acme", "chat/1 Größe 🦑"), ThreadKey.Of("acme", "old"), ThreadKey.Trunk(ThreadKey.Of("acme", "old"), Id(20)), ThreadKey.Of("acme", "fork"),
        ThreadKey.Of(ThreadSpace.Users, "", "ann"),
    ];

    /// <summary>Writes the threads of the store; into each log the same.</summary>
    public static async Task WriteAsync(ICommitLog log)
    {
        await WriteChatAsync(log);
        await WriteTrunkAsync(log);
        var user = new ThreadWriter(Keys[4]);
        await user.AppendAsync(log, new() { CommitId = Id(40), Head = head => head with { UserId = "ann" } });
        await user.AppendAsync(log, new() { CommitId = Id(41), MessageCount = 0 });
    }

    /// <summary>The schema of the store, by the name of the one that is to have it.</summary>
    public static string SchemaOf(string name) => File.ReadAllText(FileOf("schema.sql")).Replace("\"holdfast\"", $"\"{name}\"", StringComparison.Ordinal);

    /// <summary>Makes the store in a schema.</summary>
    public static async Task LoadAsync(PostgresLogOptions options)
    {
        await SharedServer.RunAsync(SchemaOf(options.Schema));
        await using var connection = new NpgsqlConnection(options.ConnectionString + "Pooling=false");
        await connection.OpenAsync();
        foreach (var table in Tables)
        {
            await using var rows = await connection.BeginTextImportAsync($"COPY {options.Schema}.{table} FROM STDIN");
            await rows.WriteAsync(await File.ReadAllTextAsync(FileOf($"{table}.tsv")));
        }

        await SharedServer.RunAsync($"SELECT setval(pg_get_serial_sequence('{options.Schema}.threads', 'number'), (SELECT max(number) FROM {options.Schema}.threads))");
    }

    /// <summary>Takes the store from a schema into the folder of the sources.</summary>
    public static async Task SaveAsync(PostgresLogOptions options, [CallerFilePath] string source = "")
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(source)!, "Fixtures")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "schema.sql"), PostgresSchema.GetScript());
        await using var connection = new NpgsqlConnection(options.ConnectionString + "Pooling=false");
        await connection.OpenAsync();
        foreach (var table in Tables)
        {
            using var rows = await connection.BeginTextExportAsync($"COPY (SELECT * FROM {options.Schema}.{table} ORDER BY 1, 2, 3) TO STDOUT");
            await File.WriteAllTextAsync(Path.Combine(folder, $"{table}.tsv"), await rows.ReadToEndAsync());
        }
    }

    private static CommitId Id(int number) => new(new Guid(number, 7, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 1));

    private static string FileOf(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);

    private static async Task WriteChatAsync(ICommitLog log)
    {
        var chat = new ThreadWriter(Keys[0]);
        for (var version = 1; version <= 8; version++)
        {
            await chat.AppendAsync(log, new()
            {
                CommitId = Id(version), IsKeyframe = version is 3 or 6,
                Body = version == 7 ? new byte[] { 0, 1, 2, 255 } : Encoding.UTF8.GetBytes($$"""{"v":1, "text":"Größe {{version}}"}"""),
                Head = head => head with
                {
                    UserId = "ann", Agent = "Support", Status = ThreadStatus.WaitingForApproval, DueAt = head.UpdatedAt.AddMinutes(5), ExpiresAt = head.UpdatedAt.AddDays(30), Terms = ["key:1", "kind:interrupt"],
                    Metadata = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["team"] = JsonElement.Parse("\"red\""), ["order"] = JsonElement.Parse("47.10"), ["nul"] = JsonElement.Parse("\"a\\u0000b\"") },
                },
            });
        }

        await log.RewriteAsync(new RewriteRequest { Key = chat.Key, Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [4] = "{\"v\":1}"u8.ToArray() }, DropBelow = 3 });
        await log.UpdateHeadAsync(new()
        {
            Key = chat.Key, Expiry = new(chat.Head!.UpdatedAt.AddDays(60)), Properties = new Dictionary<string, string?> { ["archived-to"] = "s3://b\0cket/\"é\"" }, Beats = true,
            AddPins = [new() { Life = Id(30), Key = Keys[3], From = 3, To = 4 }, new() { Life = Id(40), Key = Keys[4], From = 5, To = 5 }],
        });
    }

    private static async Task WriteTrunkAsync(ICommitLog log)
    {
        var old = new ThreadWriter(Keys[1]);
        await old.AppendAsync(log, new() { CommitId = Id(20) });
        await old.AppendAsync(log, new() { CommitId = Id(21), IsKeyframe = true });
        await log.UpdateHeadAsync(new() { Key = old.Key, AddPins = [new() { Life = Id(30), Key = Keys[3], From = 1, To = 2 }] });
        await log.EraseAsync(new EraseRequest { Key = old.Key, KeepAsTrunk = true });
        await new ThreadWriter(old.Key).AppendAsync(log, new() { CommitId = Id(25) });
        var properties = new Dictionary<string, string> { ["unpinned"] = "" };
        await new ThreadWriter(Keys[3]).AppendAsync(log, new() { CommitId = Id(30), FirstVersion = 3, After = old.Head!.ChainHash, IsKeyframe = true, Head = head => head with { Properties = properties } });
    }
}
