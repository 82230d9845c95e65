using Holdfast;
using Holdfast.Sqlite;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Stores in a SQLite file.</summary>
public static class SqliteHoldfastBuilderExtensions
{
    private static readonly StoreScheme Scheme = new(
        "sqlite", "sqlite:FILE", url => new SqliteCommitLog(new() { DataSource = url.RequirePath("a file, as in sqlite:holdfast.db") }));

    /// <summary>Lets <see cref="HoldfastBuilder.UseStore"/> open URLs such as <c>sqlite:holdfast.db</c>.</summary>
    public static HoldfastBuilder AddSqlite(this HoldfastBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddStoreScheme(Scheme);
    }

    /// <summary>Stores in the file at a path, which is created if it is not there.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="path">The path of the file. Its directory must exist.</param>
    /// <param name="configure">Changes further settings.</param>
    /// <exception cref="StateConfigurationException">The path is empty or a setting is out of its range. Thrown when the store is made.</exception>
    public static HoldfastBuilder UseSqlite(this HoldfastBuilder builder, string path, Action<SqliteLogOptions>? configure = null)
        => builder.UseSqlite(options =>
        {
            options.DataSource = path;
            configure?.Invoke(options);
        });

    /// <summary>Stores in a SQLite file.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Names the file and changes further settings.</param>
    /// <exception cref="StateConfigurationException">The path is missing or a setting is out of its range. Thrown when the store is made.</exception>
    public static HoldfastBuilder UseSqlite(this HoldfastBuilder builder, Action<SqliteLogOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.UseLog(_ =>
        {
            var options = new SqliteLogOptions();
            configure(options);
            return new SqliteCommitLog(options);
        });
    }
}
