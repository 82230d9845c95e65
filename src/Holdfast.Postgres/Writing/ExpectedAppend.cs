using Holdfast.Postgres.Connecting;
using Npgsql;

namespace Holdfast.Postgres.Writing;

/// <summary>Appends to a thread that is as its writer expects, which is what nearly every append meets, with a prepared statement and a command that is kept.</summary>
internal sealed class ExpectedAppend(Database database, AppendStatement statement)
{
    private Kept? _spare;

    /// <returns>Whether it was appended. If not, nothing was written, and the reason is not known.</returns>
    public async Task<bool> TryAsync(NpgsqlConnection connection, PendingAppend item)
    {
        // It fits the connection without being prepared anew if it was used there before; a pool has few connections that writers use.
        var kept = Interlocked.Exchange(ref _spare, null) ?? Make();
        kept.Command.Connection = connection;
        AppendStatement.SetValues(kept.Parameters, item);
        if (!kept.Command.IsPrepared)
        {
            await kept.Command.PrepareAsync().ConfigureAwait(false);
        }

        var rows = await kept.Command.ExecuteNonQueryAsync().ConfigureAwait(false);

        // One that has failed is not kept, nor is what it sent.
        AppendStatement.ClearValues(kept.Parameters);
        kept.Command.Connection = null;
        Volatile.Write(ref _spare, kept);
        return rows == 1;
    }

    private Kept Make()
    {
        var command = database.Command(statement.Expected);
        var parameters = AppendStatement.ParametersForOne();
        command.Parameters.AddRange(parameters);
        return new(command, parameters);
    }

    private sealed record Kept(NpgsqlCommand Command, NpgsqlParameter[] Parameters);
}
