using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
using Npgsql;

namespace Holdfast.Postgres.Writing;

/// <summary>Writes a batch of appends over one connection, and tells each of them its outcome. One that fails does not fail the others.</summary>
internal sealed class AppendWriter
{
    /// <summary>How often appends are repeated that met others at the wrong moment.</summary>
    private const int MaxRounds = 10;

    // The sort is stable: those of one thread stay in the order of their arrival.
    private static readonly Comparer<PendingAppend> ByKey = Comparer<PendingAppend>.Create((x, y) => x.Key.Space != y.Key.Space ? x.Key.Space.CompareTo(y.Key.Space) : HeadOrder.Compare(x.Key, y.Key));

    private readonly Database _database;
    private readonly AppendStatement _statement;
    private readonly ExpectedAppend _expected;

    public AppendWriter(Database database)
    {
        _database = database;
        _statement = new(database.Target.QuotedSchema);
        _expected = new(database, _statement);
    }

    /// <summary>Writes a batch. When this returns, each of its items has an outcome in <paramref name="outcomes"/>, but for those that the loss of the connection left open.</summary>
    /// <exception cref="NpgsqlException">The connection was lost.</exception>
    public async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<PendingAppend> batch, AppendOutcomes outcomes)
    {
        if (_database.PreparesStatements && batch is [{ HasOutcome: false, MayStand: false, Request.Begins: false } alone]
            && await TryExpectedAsync(connection, alone).ConfigureAwait(false))
        {
            outcomes.Set(alone, AppendResult.Appended(alone.Request.Entry.Version));
            return;
        }

        // All processes take the locks of rows in the same order, so that none waits for another that waits for it.
        var open = batch.Where(item => !item.HasOutcome).Order(ByKey).ToList();
        for (var round = 0; open.Count > 0; round++)
        {
            if (round == MaxRounds)
            {
                outcomes.FailAll(open, item => Unavailable(item, "it met other writers again and again"));
                return;
            }

            await AppendAsync(connection, open, outcomes).ConfigureAwait(false);
            open = open.FindAll(item => !item.HasOutcome);
        }
    }

    private async Task<bool> TryExpectedAsync(NpgsqlConnection connection, PendingAppend item)
    {
        try
        {
            return await _expected.TryAsync(connection, item).ConfigureAwait(false);
        }
        catch (PostgresException e) when (PostgresErrors.IsRefusal(e))
        {
            // Nothing was written; whoever tries next tells why.
            return false;
        }
        catch
        {
            item.MayStand = true;
            throw;
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
            // Nothing was written. The next round repeats them.
        }
        catch (PostgresException e) when (PostgresErrors.IsRefusal(e))
        {
            // Nothing was written. By halves one comes to those that the server refuses, and only they fail.
            if (items is [var alone])
            {
                outcomes.Fail(alone, Refused(alone, e));
                return;
            }

            var half = items.Count / 2;
            await AppendAsync(connection, items[..half], outcomes).ConfigureAwait(false);
            await AppendAsync(connection, items[half..], outcomes).ConfigureAwait(false);
        }
        catch
        {
            items.ForEach(item => item.MayStand = true);
            throw;
        }
    }

    private async Task SendAsync(NpgsqlConnection connection, List<PendingAppend> items, AppendOutcomes outcomes)
    {
        var command = await _database.CommandAsync(connection, _statement.SqlFor(items), AppendStatement.ParametersFor(items)).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync().ConfigureAwait(false);
                var refused = reader.GetFieldValue<string?[]>(0);

                // Only the end of the answer tells that the transaction was committed.
                await reader.CloseAsync().ConfigureAwait(false);
                Tell(items, refused, outcomes);
            }
        }
    }

    private static void Tell(List<PendingAppend> items, string?[] refused, AppendOutcomes outcomes)
    {
        var standing = StandingThread.Read(refused);
        for (var i = 0; i < items.Count; i++)
        {
            if (!standing.TryGetValue(i + 1, out var thread))
            {
                outcomes.Set(items[i], AppendResult.Appended(items[i].Request.Entry.Version));
            }
            else if (thread.Damage(items[i].Key) is { } damage)
            {
                outcomes.Fail(items[i], damage);
            }
            else if (thread.Decide(items[i]) is { } result)
            {
                outcomes.Set(items[i], result);
            }
            else if (thread.LacksNewest)
            {
                outcomes.Fail(items[i], NewestIsGone(items[i], thread.Version));
            }
        }
    }

    private static CorruptStateException NewestIsGone(PendingAppend item, long version)
        => new(item.Key, version, "its newest entry was expected to be there and is gone, so that what follows it could never be read. Nothing was appended.");

    private AgentStateException Refused(PendingAppend item, PostgresException e) => e.SqlState == PostgresErrorCodes.UniqueViolation
        ? new CorruptStateException(
            item.Key, item.Request.Entry.Version, $"an entry stands where this one belongs, though the head does not know of it ({e.MessageText}). Nothing was appended.", e)
        : PostgresErrors.Translate(e, _database.Target, What(item), item.MayStand);

    private StoreUnavailableException Unavailable(PendingAppend item, string why)
        => new($"{What(item)} in {_database.Target} failed: {why}. Repeat the commit.", outcomeUnknown: item.MayStand);

    internal static string What(PendingAppend item) => $"Appending version {item.Request.Entry.Version} to thread '{item.Key}'";
}
