using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Rows;

/// <summary>Makes parameters, whose types are always named: the server need not guess them.</summary>
internal static class Parameters
{
    /// <summary>The parameters that name a thread.</summary>
    public static NpgsqlParameter[] Key(ThreadKey key) => [Space(key.Space), Text(key.Tenant), Text(key.Id.Value)];

    public static NpgsqlParameter Space(ThreadSpace space) => new NpgsqlParameter<short> { TypedValue = (short)space, NpgsqlDbType = NpgsqlDbType.Smallint };

    public static NpgsqlParameter Text(string? value) => Of(value, NpgsqlDbType.Text);

    public static NpgsqlParameter Number(long value) => new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter NumberOrNull(long? value) => Of(value, NpgsqlDbType.Bigint);

    public static NpgsqlParameter Flag(bool value) => new NpgsqlParameter<bool> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Boolean };

    public static NpgsqlParameter Life(CommitId? life) => Of(life?.Value, NpgsqlDbType.Uuid);

    public static NpgsqlParameter Bytes(byte[]? value) => Of(value, NpgsqlDbType.Bytea);

    public static NpgsqlParameter Jsonb(byte[]? value) => Of(value, NpgsqlDbType.Jsonb);

    public static NpgsqlParameter Json(byte[]? value) => Of(value, NpgsqlDbType.Json);

    /// <summary>An instant, which the caller has brought to the precision that is stored.</summary>
    public static NpgsqlParameter Instant(DateTimeOffset? value) => Of(value?.ToUniversalTime(), NpgsqlDbType.TimestampTz);

    /// <summary>An array with one element for each of <paramref name="items"/>.</summary>
    public static NpgsqlParameter Array<TItem, T>(IReadOnlyList<TItem> items, NpgsqlDbType type, Func<TItem, T> select)
    {
        var values = new T[items.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = select(items[i]);
        }

        return new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }

    private static NpgsqlParameter Of(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
