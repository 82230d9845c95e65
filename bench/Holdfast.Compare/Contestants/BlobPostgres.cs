using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Compare.Contestants;

/// <summary>A row of jsonb for each thread in PostgreSQL.</summary>
internal sealed class BlobPostgres(NpgsqlDataSource connections, bool owns) : IBlobPlace
{
    public string Version => PackageVersion.Of<NpgsqlDataSource>("Npgsql");

    public bool Blocks => false;

    public static async Task<BlobPostgres> ConnectAsync(string connectionString)
    {
        var connections = NpgsqlDataSource.Create(connectionString + ";Maximum Pool Size=32;No Reset On Close=true;Max Auto Prepare=10;Auto Prepare Min Usages=1");
        await using var create = connections.CreateCommand("create table if not exists states (thread text primary key, state jsonb not null)");
        await create.ExecuteNonQueryAsync();
        return new(connections, owns: true);
    }

    public async Task<byte[]?> ReadAsync(string thread)
    {
        await using var read = connections.CreateCommand("select state::text from states where thread = $1");
        read.Parameters.Add(new() { Value = thread });
        return await read.ExecuteScalarAsync() is string json ? System.Text.Encoding.UTF8.GetBytes(json) : null;
    }

    public async Task WriteAsync(string thread, byte[] json)
    {
        await using var write = connections.CreateCommand("insert into states values ($1, $2) on conflict (thread) do update set state = excluded.state");
        write.Parameters.Add(new() { Value = thread });
        write.Parameters.Add(new() { Value = json, NpgsqlDbType = NpgsqlDbType.Jsonb });
        await write.ExecuteNonQueryAsync();
    }

    public Task<IBlobPlace> OpenAnotherAsync() => Task.FromResult<IBlobPlace>(new BlobPostgres(connections, owns: false));

    public ValueTask DisposeAsync() => owns ? connections.DisposeAsync() : default;
}
