using Holdfast;
using Holdfast.Postgres;
using Holdfast.Postgres.Schema;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Stores in PostgreSQL.</summary>
public static class PostgresHoldfastBuilderExtensions
{
    private static readonly StoreScheme Scheme = new(
        "postgres", "postgres://USER:PASSWORD@HOST/DATABASE", url => new PostgresCommitLog(new() { ConnectionString = url.Text }), "postgresql");

    /// <summary>Lets <see cref="HoldfastBuilder.UseStore"/> open URLs such as <c>postgres://user:password@host:5432/database?schema=holdfast</c>.</summary>
    /// <remarks>Where the store is PostgreSQL, the schema is applied or checked when the host starts.</remarks>
    public static HoldfastBuilder AddPostgres(this HoldfastBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddSchemaService();
        return builder.AddStoreScheme(Scheme);
    }

    /// <summary>Stores in the database at an Npgsql connection string, or at a URL such as <c>postgres://user:password@host:5432/database?schema=holdfast</c>.</summary>
    /// <inheritdoc cref="UsePostgres(HoldfastBuilder, Action{PostgresLogOptions})"/>
    public static HoldfastBuilder UsePostgres(this HoldfastBuilder builder, string connectionString, Action<PostgresLogOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        return builder.UsePostgres(options =>
        {
            options.ConnectionString = connectionString;
            configure?.Invoke(options);
        });
    }

    /// <summary>Stores in the database of a data source, which the caller disposes of.</summary>
    /// <inheritdoc cref="UsePostgres(HoldfastBuilder, Action{PostgresLogOptions})"/>
    public static HoldfastBuilder UsePostgres(this HoldfastBuilder builder, NpgsqlDataSource dataSource, Action<PostgresLogOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return builder.UsePostgres(options =>
        {
            options.DataSource = dataSource;
            configure?.Invoke(options);
        });
    }

    /// <summary>Stores in PostgreSQL. Without a connection string or a data source, the <see cref="NpgsqlDataSource"/> among the services is used.</summary>
    /// <remarks>The schema is applied or checked when the host starts. A server that cannot be reached then does not stop the host: the first call tries again.</remarks>
    public static HoldfastBuilder UsePostgres(this HoldfastBuilder builder, Action<PostgresLogOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddSchemaService();
        return builder.UseLog(provider =>
        {
            var options = new PostgresLogOptions();
            configure?.Invoke(options);
            if (options.ConnectionString is null && options.DataSource is null)
            {
                options.DataSource = provider.GetService<NpgsqlDataSource>();
            }

            return new PostgresCommitLog(options, provider.GetService<ILogger<PostgresCommitLog>>());
        });
    }

    private static void AddSchemaService(this HoldfastBuilder builder)
    {
        var optionsName = builder.OptionsName;
        builder.Services.AddSingleton<IHostedService>(provider => new PostgresSchemaService(
            () => provider.GetKeyedService<Holdfast.Logs.ICommitLog>(optionsName) as PostgresCommitLog, provider.GetService<ILogger<PostgresCommitLog>>()));
    }
}
