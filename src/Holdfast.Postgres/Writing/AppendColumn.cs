using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Writing;

/// <summary>A value that each append has, and how it is sent: for one append by itself, for several as an array.</summary>
internal abstract class AppendColumn
{
    public static AppendColumn Of<T>(NpgsqlDbType type, Func<PendingAppend, T> select) => new Typed<T>(type, select);

    /// <summary>Makes the parameter for the value of one append, which it does not have yet.</summary>
    public abstract NpgsqlParameter ForOne();

    /// <summary>Gives a parameter that <see cref="ForOne"/> made its value.</summary>
    public abstract void Set(NpgsqlParameter parameter, PendingAppend item);

    /// <summary>Takes the value from a parameter that is kept.</summary>
    public abstract void Clear(NpgsqlParameter parameter);

    public abstract NpgsqlParameter For(IReadOnlyList<PendingAppend> items);

    private sealed class Typed<T>(NpgsqlDbType type, Func<PendingAppend, T> select) : AppendColumn
    {
        public override NpgsqlParameter ForOne() => new NpgsqlParameter<T> { NpgsqlDbType = type };

        public override void Set(NpgsqlParameter parameter, PendingAppend item) => ((NpgsqlParameter<T>)parameter).TypedValue = select(item);

        public override void Clear(NpgsqlParameter parameter) => ((NpgsqlParameter<T>)parameter).TypedValue = default;

        public override NpgsqlParameter For(IReadOnlyList<PendingAppend> items) => Rows.Parameters.Array(items, type, select);
    }
}
