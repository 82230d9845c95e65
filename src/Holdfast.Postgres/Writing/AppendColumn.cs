using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Writing;

/// <summary>A value that each append has, and how it is sent: for one append by itself, for several as an array.</summary>
internal abstract class AppendColumn
{
    public static AppendColumn Of<T>(NpgsqlDbType type, Func<PendingAppend, T> select) => new Typed<T>(type, select);

    public abstract NpgsqlParameter For(PendingAppend item);

    public abstract NpgsqlParameter For(IReadOnlyList<PendingAppend> items);

    private sealed class Typed<T>(NpgsqlDbType type, Func<PendingAppend, T> select) : AppendColumn
    {
        public override NpgsqlParameter For(PendingAppend item) => new NpgsqlParameter<T> { TypedValue = select(item), NpgsqlDbType = type };

        public override NpgsqlParameter For(IReadOnlyList<PendingAppend> items) => Rows.Parameters.Array(items, type, select);
    }
}
