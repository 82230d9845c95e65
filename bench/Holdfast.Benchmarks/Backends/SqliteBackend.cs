using Holdfast.Logs;
using Holdfast.Sqlite;

namespace Holdfast.Benchmarks.Backends;

internal sealed class SqliteBackend(string directory) : Backend
{
    public override string Raw => "INSERT of one row through Microsoft.Data.Sqlite, WAL, synchronous=FULL on both sides";

    public override string Version => $"SQLite {SqliteCommitLog.NativeVersion}";

    public override string ManyCallersBudget => "≥ 3";

    public override string OpenBudget => "≤ 1,000";

    public override string ColdResumeBudget => "≤ 2";

    public override async Task<ICommitLog> OpenAsync(string name) => await SqliteCommitLog.OpenAsync(PathOf(name));

    public override Task<IRawDriver> OpenRawAsync(string name) => Task.FromResult<IRawDriver>(new RawSqlite(PathOf(name + "-raw")));

    public override async Task<IReadOnlyList<(string Way, IReadOnlyList<IRawDriver> Drivers)>> OpenRawForManyAsync(string name, int callers)
    {
        var shared = await OpenRawAsync(name);
        return
        [
            ("one connection behind a lock", [.. Enumerable.Repeat(shared, callers)]),
            ("a connection for each", await EachAsync(callers, _ => OpenRawAsync(name))),
        ];
    }

    public override IRawResume RawResume(string name) => new RawSqliteResume(PathOf(name + "-raw"));

    public override Task<IRawAgent?> OpenRawAgentAsync(string name) => Task.FromResult<IRawAgent?>(new RawSqliteAgent(PathOf(name + "-by-hand")));

    public override Task<IRawHistory?> OpenRawHistoryAsync(string name) => Task.FromResult<IRawHistory?>(new RawSqliteHistory(PathOf(name + "-by-hand")));

    public override long? StoredBytes(string name) => new FileInfo(PathOf(name)).Length;

    public override ValueTask DisposeAsync() => default;

    private string PathOf(string name) => Path.Combine(directory, name + ".db");
}
