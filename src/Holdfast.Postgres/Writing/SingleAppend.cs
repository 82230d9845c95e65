using Holdfast.Postgres.Connecting;
using Npgsql;

namespace Holdfast.Postgres.Writing;

/// <summary>A statement for one append, whose command and parameters are kept.</summary>
internal sealed class SingleAppend(Database database, string sql)
{
    private Kept? _spare;

    public async Task<T> RunAsync<T>(NpgsqlConnection connection, PendingAppend item, Func<NpgsqlCommand, Task<T>> execute)
    {
        // It fits the connection without being prepared anew if it was used there before; a pool has few connections that writers use.
        var kept = Interlocked.Exchange(ref _spare, null) ?? Make();
        kept.Command.Connection = connection;
        AppendStatement.SetValues(kept.Parameters, item);
        if (database.PreparesStatements && !kept.Command.IsPrepared)
        {
            await kept.Command.PrepareAsync().ConfigureAwait(false);
        }

        var result = await execute(kept.Command).ConfigureAwait(false);

        // One that has failed is not kept, nor is what it sent.
        AppendStatement.ClearValues(kept.Parameters);
        kept.Command.Connection = null;
        Volatile.Write(ref _spare, kept);
        return result;
    }

    private Kept Make()
    {
        var command = database.Command(sql);
        var parameters = AppendStatement.ParametersForOne();
        command.Parameters.AddRange(parameters);
        return new(command, parameters);
    }

    private sealed record Kept(NpgsqlCommand Command, NpgsqlParameter[] Parameters);
}
