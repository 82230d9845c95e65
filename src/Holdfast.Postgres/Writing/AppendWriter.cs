using Holdfast.Logs;
using Holdfast.Postgres.Connections;
using Npgsql;

namespace Holdfast.Postgres.Writing;

/// <summary>Writes a batch of appends over one connection, and tells each of them its outcome. One that fails does not fail the others.</summary>
internal sealed class AppendWriter(Database database)
{
    /// <summary>How often a statement is repeated that met others at the wrong moment.</summary>
    private const int MaxCollisions = 10;

    private readonly AppendStatement _statement = new(database.Target.QuotedSchema);
    private readonly string _question = AppendQuestion.SqlFor(database.Target.QuotedSchema);

    /// <summary>Writes a batch. When this returns, each of its items has an outcome in <paramref name="outcomes"/>, but for those that the loss of the connection left open.</summary>
    /// <exception cref="NpgsqlException">The connection was lost.</exception>
    public async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<PendingAppend> batch, AppendOutcomes outcomes)
    {
        // One statement changes a row once, so each thread has one item in it; others of the same thread are asked about after it. All processes take
        // the locks of rows in the same order.
        var open = batch.Where(item => !outcomes.Has(item)).ToList();
        for (var round = 0; open.Count > 0; round++)
        {
            if (round == MaxCollisions)
            {
                outcomes.FailAll(open, item => Unavailable(item, "it met other writers again and again"));
                return;
            }

            var first = open.DistinctBy(item => item.Key).Order(Comparer<PendingAppend>.Create((x, y) => HeadOrder.Compare(x.Key, y.Key))).ToList();
            await AppendAsync(connection, first, outcomes).ConfigureAwait(false);
            open = open.FindAll(item => !outcomes.Has(item));
            if (open.Count > 0)
            {
                await AskAsync(connection, open, outcomes).ConfigureAwait(false);
                open = open.FindAll(item => !outcomes.Has(item));
            }
        }
    }

    private async Task AppendAsync(NpgsqlConnection connection, List<PendingAppend> items, AppendOutcomes outcomes)
    {
        try
        {
            await SendAsync(connection, items, outcomes).ConfigureAwait(false);
        }
        catch (PostgresException e) when (PostgresErrors.IsCollision(e))
        {
            // Nothing was written. The question that follows finds them free to be appended, and the next round repeats them.
        }
        catch (PostgresException e) when (PostgresErrors.IsRefusal(e))
        {
            // Nothing was written. Alone, only the one that the server refuses fails.
            if (items is [var alone])
            {
                outcomes.Fail(alone, Refused(alone, e));
                return;
            }

            foreach (var item in items)
            {
                await AppendAsync(connection, [item], outcomes).ConfigureAwait(false);
            }
        }
        catch
        {
            items.ForEach(item => item.MayStand = true);
            throw;
        }
    }

    private async Task SendAsync(NpgsqlConnection connection, List<PendingAppend> items, AppendOutcomes outcomes)
    {
        var command = await database.CommandAsync(connection, _statement.SqlFor(items), AppendStatement.ParametersFor(items)).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var places = new List<int>(items.Count);
                while (await reader.ReadAsync().ConfigureAwait(false))
                {
                    places.Add((int)reader.GetInt64(0));
                }

                // Only the end of the answer tells that the transaction was committed.
                await reader.CloseAsync().ConfigureAwait(false);
                foreach (var place in places)
                {
                    var item = items[place - 1];
                    outcomes.Set(item, AppendResult.Appended(item.Request.Entry.Version));
                }
            }
        }
    }

    private async Task AskAsync(NpgsqlConnection connection, List<PendingAppend> items, AppendOutcomes outcomes)
    {
        try
        {
            var command = await database.CommandAsync(connection, _question, AppendQuestion.ParametersFor(items)).ConfigureAwait(false);
            await using (command.ConfigureAwait(false))
            {
                var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync().ConfigureAwait(false))
                    {
                        var item = items[(int)reader.GetInt64(0) - 1];
                        if (AppendQuestion.Settle(item, reader) is { } result)
                        {
                            outcomes.Set(item, result);
                        }
                    }
                }
            }
        }
        catch (PostgresException e) when (PostgresErrors.IsCollision(e))
        {
            // The next round asks again.
        }
        catch (PostgresException e) when (PostgresErrors.IsRefusal(e))
        {
            outcomes.FailAll(items, item => PostgresErrors.Translate(e, database.Target, What(item), item.MayStand));
        }
    }

    private AgentStateException Refused(PendingAppend item, PostgresException e) => e.SqlState == PostgresErrorCodes.UniqueViolation
        ? new CorruptStateException(
            item.Key, item.Request.Entry.Version, $"an entry stands at this version, though the head says that the thread ends before it ({e.ConstraintName}). Nothing was appended.", e)
        : PostgresErrors.Translate(e, database.Target, What(item), item.MayStand);

    private StoreUnavailableException Unavailable(PendingAppend item, string why)
        => new($"{What(item)} in {database.Target} failed: {why}. Repeat the commit.", outcomeUnknown: item.MayStand);

    internal static string What(PendingAppend item) => $"Appending version {item.Request.Entry.Version} to thread '{item.Key}'";
}
