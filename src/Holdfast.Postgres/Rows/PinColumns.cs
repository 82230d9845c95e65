using Holdfast.Logs;
using Npgsql;

namespace Holdfast.Postgres.Rows;

/// <summary>The columns of a pin, and how they are read.</summary>
internal static class PinColumns
{
    private static readonly string[] Names = ["life", "space", "tenant", "thread_id", "from_version", "to_version", "thread", "guard"];

    /// <summary>The columns of a table, in the order in which <see cref="Read"/> expects them. The first is null where there is no pin.</summary>
    public static string Sql(string table) => string.Join(", ", Names.Select(name => $"{table}.{name}"));

    /// <summary>Reads the columns from the column <paramref name="first"/> of the current row on.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="first">The first of the columns.</param>
    /// <param name="key">The thread that is pinned.</param>
    /// <exception cref="CorruptStateException">They do not make a pin.</exception>
    public static Pin Read(NpgsqlDataReader reader, int first, ThreadKey key)
    {
        try
        {
            var pin = new Pin
            {
                Life = new(reader.GetGuid(first)),
                Key = ThreadKey.Of((ThreadSpace)reader.GetInt16(first + 1), reader.GetString(first + 2), reader.GetString(first + 3)),
                From = reader.GetInt64(first + 4),
                To = reader.GetInt64(first + 5),
            };
            return RowGuards.Of(reader.GetInt64(first + 6), pin).Is(reader.Bytes(first + 7)) ? pin
                : throw new FormatException("one does not fit its guard, so that it is damaged, or was changed by something else than Holdfast.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or InvalidIdentifierException)
        {
            throw new CorruptStateException(key, 0, $"its pins cannot be read: {e.Message}", e);
        }
    }
}
