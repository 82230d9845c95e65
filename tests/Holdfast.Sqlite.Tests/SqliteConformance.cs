using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Sqlite.Tests;

public sealed class SqliteConformance : LogConformance<SqliteFixture>;

public sealed class SqliteNormalConformance : LogConformance<SqliteNormalFixture>;

public sealed class SqliteFixture() : SqliteFileFixture(SqliteDurability.Full);

public sealed class SqliteNormalFixture() : SqliteFileFixture(SqliteDurability.Normal);

public abstract class SqliteFileFixture(SqliteDurability durability) : LogFixture
{
    private readonly Lazy<TemporaryDatabase> _database = new(() => new());

    public override Type LogType => typeof(SqliteCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => ReopenAsync(cancellationToken);

    public override async ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken)
        => await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = _database.Value.Path, Durability = durability }, cancellationToken);

    public override ValueTask DisposeAsync()
    {
        if (_database.IsValueCreated)
        {
            _database.Value.Dispose();
        }

        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }
}
