using Holdfast.Logs;
using Holdfast.Sqlite.Rows;
using Holdfast.Testing;

namespace Holdfast.Sqlite.Tests;

public sealed class SqliteConformance : LogConformance<SqliteFixture>;

public sealed class SqliteNormalConformance : LogConformance<SqliteNormalFixture>;

// The logs of this one stand for several processes.
public sealed class SqliteFixture() : SqliteFileFixture(SqliteDurability.Full, isShared: false);

public sealed class SqliteNormalFixture() : SqliteFileFixture(SqliteDurability.Normal, isShared: true);

public abstract class SqliteFileFixture(SqliteDurability durability, bool isShared) : LogFixture
{
    private readonly Lazy<TemporaryDatabase> _database = new(() => new());

    public override Type LogType => typeof(SqliteCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => ReopenAsync(cancellationToken);

    public override async ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken)
        => await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = _database.Value.Path, Durability = durability, IsShared = isShared }, cancellationToken);

    public override bool CanDamage => true;

    public override ValueTask DamageEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken)
    {
        using var raw = new RawDatabase(_database.Value.Path);
        var body = (byte[])raw.Scalar($"SELECT CAST(body AS BLOB) FROM entries WHERE {EntryOf(raw, key, version)}")!;
        if (body.Length == 0)
        {
            body = [0];
        }

        body[^1] ^= 1;
        raw.Execute($"UPDATE entries SET body = x'{Convert.ToHexString(body)}' WHERE {EntryOf(raw, key, version)}");
        return default;
    }

    public override ValueTask ForgeEntryAsync(ThreadKey key, long version, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var raw = new RawDatabase(_database.Value.Path);
        raw.Execute($"UPDATE entries SET body = x'{Convert.ToHexString(body.Span)}', rewritten = x'{Digest.Compute(body.Span)}' WHERE {EntryOf(raw, key, version)}");
        return default;
    }

    public override async ValueTask LoseEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken)
    {
        await using (var log = await ReopenAsync(cancellationToken))
        {
            // The head is to stay, of which the newest entry alone may know.
            var head = (await log.GetHeadAsync(key, cancellationToken))!;
            using var settled = new RawDatabase(_database.Value.Path);
            var mark = RowGuards.Mark(head.Version, head.KeyframeVersion, head.ChainHash, head.MessageCount, Instants.Floor(head.UpdatedAt));
            settled.Execute(
                $"UPDATE threads SET version = {head.Version}, keyframe = {head.KeyframeVersion}, chain = x'{head.ChainHash}', messages = {head.MessageCount}, " +
                $"updated = {Instants.Floor(head.UpdatedAt)}, mark = {mark} WHERE number = {NumberOf(settled, key)}");
        }

        using var raw = new RawDatabase(_database.Value.Path);
        raw.Execute($"DELETE FROM entries WHERE {EntryOf(raw, key, version)}");
    }

    public override ValueTask DamageHeadAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        using var raw = new RawDatabase(_database.Value.Path);
        raw.Execute($"UPDATE threads SET guard = guard + 1 WHERE number = {NumberOf(raw, key)}");
        return default;
    }

    private static string EntryOf(RawDatabase raw, ThreadKey key, long version) => $"thread = {NumberOf(raw, key)} AND version = {version}";

    private static long NumberOf(RawDatabase raw, ThreadKey key)
        => (long)raw.Scalar($"SELECT number FROM threads WHERE key = {RowHash.OfKey(key)}")!;

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
