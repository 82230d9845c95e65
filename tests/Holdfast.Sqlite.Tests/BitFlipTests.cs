using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.AI;

namespace Holdfast.Sqlite.Tests;

/// <summary>Each bit of a page is flipped, one at a time, in a file that no one has open.</summary>
public sealed class BitFlipTests() : SqliteLogTest(inMemory: true)
{
    private readonly List<string> _wrong = [];

    private string Damaged => DatabasePath + ".damaged";

    [Theory]
    [InlineData("threads_by_id")]
    [InlineData("threads_by_key")]
    public async Task InAnIndexOfIds_NeverLeadsToAnotherThread(string index)
    {
        var (victim, neighbour, foreign) = (Thread("victim"), Thread("neighbour"), new ThreadWriter(ThreadKey.Of("other", "neighbour")));
        await using (var log = await OpenAsync())
        {
            foreach (var (thread, user) in new[] { (victim, "john"), (neighbour, "ann"), (foreign, "eve") })
            {
                await thread.AppendAsync(log, new() { Head = head => head with { UserId = user } });
                await thread.AppendManyAsync(log, 2);
            }
        }

        var bits = new DatabaseBits(DatabasePath);
        foreach (var bit in bits.HeaderOf(index).Concat(bits.CellsOf(index)))
        {
            bits.WriteFlipped(Damaged, bit);
            await using (var log = await OpenDamagedAsync())
            {
                foreach (var thread in new[] { victim, neighbour, foreign })
                {
                    await ShouldBeExactOrTypedAsync(async () => Describe(await log.GetHeadAsync(thread.Key)), Describe(thread.Head), bit);
                    await ShouldBeExactOrTypedAsync(async () => Describe(await log.ReadTailAsync(thread.Key)), Describe(thread), bit);
                    await ShouldBeExactOrTypedAsync(async () => string.Join(' ', await log.ReadAsync(thread.Key).Select(entry => entry.CommitId).ToListAsync()), Ids(thread.Entries), bit);
                    await ShouldBeExactOrTypedAsync(async () => $"{await log.AppendAsync(new ThreadWriter(thread.Key).Next())}", $"{AppendResult.Conflict(3)}", bit);
                }

                await ShouldBeExactOrTypedAsync(async () => $"{await log.AppendAsync(neighbour.Next())}", $"{AppendResult.Appended(4)}", bit);
                await ShouldBeExactOrTypedAsync(async () => $"{await log.EraseAsync(neighbour.Key)}", $"{true}", bit);
            }

            using var raw = new RawDatabase(Damaged);
            const string othersSql =
                "SELECT group_concat(tenant || '/' || id || ' ' || user || ' ' || (SELECT count(*) FROM entries WHERE thread = number), ', ') FROM threads NOT INDEXED WHERE user <> 'ann'";
            Compare((string)raw.Scalar(othersSql)!, "/victim john 3, other/neighbour eve 3", bit);
        }

        ShouldAllBeRight();
    }

    [Theory]
    [InlineData("threads_by_id", 1)]
    [InlineData("threads_by_key", 1)]
    [InlineData("threads", 5)]
    [InlineData("versions", 5)]
    [InlineData("entries", 1)]
    public async Task Load_AndCommit_GiveTheExactStateOrATypedError(string name, int stride)
    {
        ThreadId[] ids = ["victim", "neighbour", "third"];
        await using (var store = new AgentStateStore(await OpenAsync()))
        {
            foreach (var id in ids)
            {
                await WriteAsync(store, id);
            }
        }

        if (name == "versions")
        {
            await using var store = new AgentStateStore(await OpenAsync());
            for (var i = 0; i < 60; i++)
            {
                await store.UpdateAsync("filler", session => session.Variables.Set("i", i));
            }
        }

        var expected = new Dictionary<ThreadId, string>();
        await using (var store = new AgentStateStore(await OpenAsync()))
        {
            foreach (var id in ids)
            {
                expected[id] = await LoadAsync(store, id);
            }
        }

        var bits = new DatabaseBits(DatabasePath);
        var flipped = name == "entries"
            ? bits.CellStartsOf(name, 24).Concat(bits.CellsOf(name).Where((_, i) => i % 31 == 0))
            : bits.CellsOf(name).Concat(bits.HeaderOf(name)).Where((_, i) => i % stride == 0);
        foreach (var bit in flipped)
        {
            bits.WriteFlipped(Damaged, bit);
            await using var store = new AgentStateStore(await OpenDamagedAsync());
            foreach (var id in ids)
            {
                await ShouldBeExactOrTypedAsync(() => LoadAsync(store, id), expected[id], bit);
                await ShouldBeExactOrTypedAsync(async () => $"{(await store.UpdateAsync(id, session => session.Variables.Set("later", 1))).Version}", "4", bit);
            }
        }

        ShouldAllBeRight();
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("pins")]
    public async Task InAHead_GivesTheExactHeadOrATypedError(string table)
    {
        var thread = Thread("a");
        var at = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
        var update = new HeadUpdate
        {
            Key = thread.Key,
            Expiry = new(at),
            Beats = true,
            Properties = new Dictionary<string, string?> { ["archived-to"] = "cold" },
            AddPins = [.. new[] { "fork-1", "fork-2" }.Select(fork => new Pin { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of(fork), From = 2, To = 3 })],
        };
        await using (var log = await OpenAsync())
        {
            await thread.AppendManyAsync(log, 2);
            await thread.AppendAsync(log, new() { Head = head => head with { UserId = "ann", DueAt = at, Terms = ["label:x", "open"], Status = ThreadStatus.Sleeping } });
            await log.UpdateHeadAsync(update);
            thread.AcceptUpdate(update);
        }

        var bits = new DatabaseBits(DatabasePath);
        foreach (var bit in bits.CellsOf(table))
        {
            bits.WriteFlipped(Damaged, bit);
            await using var log = await OpenDamagedAsync();
            await ShouldBeExactOrTypedAsync(
                async () => HeadText.Of(await log.GetHeadAsync(new HeadRequest { Key = thread.Key, WithPins = true })), HeadText.Of(thread.Head! with { Pins = thread.Pins }), bit);
        }

        ShouldAllBeRight();
    }

    [Fact]
    public async Task InTheSchema_GivesTheExactStateOrSaysWhatIsWrong()
    {
        var thread = Thread("a");
        await using (var log = await OpenAsync())
        {
            await thread.AppendManyAsync(log, 3);
        }

        var bits = new DatabaseBits(DatabasePath);
        foreach (var bit in bits.FirstPage())
        {
            bits.WriteFlipped(Damaged, bit);
            try
            {
                await using var log = await OpenDamagedAsync();
                Compare(Describe(await log.ReadTailAsync(thread.Key)), Describe(thread), bit);
                Compare($"{await log.AppendAsync(thread.Next())}", $"{AppendResult.Appended(4)}", bit);
            }
            catch (AgentStateException e) when (e.Code is ErrorCodes.CorruptState or ErrorCodes.UnknownFormat or ErrorCodes.InvalidConfiguration)
            {
                // Of whom the file is, and which version of the schema it has, stands there too.
            }
            catch (StoreUnavailableException e)
            {
                // A format that this SQLite may read and not write.
                Compare(e.Message.Contains("cannot be written", StringComparison.Ordinal) ? "" : e.Message, "", bit);
            }
        }

        ShouldAllBeRight();
    }

    private static async Task WriteAsync(AgentStateStore store, ThreadId id)
    {
        await store.UpdateAsync(
            id,
            session =>
            {
                session.Metadata.Set("channel", $"web of {id}");
                session.History.Add(ChatRole.User, $"Hello, {id}");
            },
            new() { UserId = $"user of {id}", Agent = "agent" });
        await store.UpdateAsync(id, session => session.Variables.Set("number", 7));
        await store.UpdateAsync(id, session => session.History.Add(ChatRole.Assistant, "Hello"));
        await store.Thread(id).ExtendAsync(TimeSpan.FromDays(3650));
    }

    private static async Task<string> LoadAsync(AgentStateStore store, ThreadId id)
    {
        var info = await store.Thread(id).GetInfoAsync();
        var state = await store.LoadAsync(id);
        return $"{info?.Version} {info?.UserId} {info?.Status} {info?.ExpiresAt} {info?.DeletedAt} {state?.ToJson()}";
    }

    private async Task ShouldBeExactOrTypedAsync(Func<Task<string>> call, string exact, int bit)
    {
        try
        {
            Compare(await call(), exact, bit);
        }
        catch (AgentStateException e)
        {
            Compare(e.Code, e.Code == ErrorCodes.UnknownFormat ? e.Code : ErrorCodes.CorruptState, bit);
        }
    }

    private void Compare(string found, string exact, int bit)
    {
        if (found != exact)
        {
            _wrong.Add($"bit {bit}: expected {exact}, found {found}");
        }
    }

    private void ShouldAllBeRight() => _wrong.ShouldBeEmpty($"{_wrong.Count} wrong answers");

    private static string Describe(ThreadHead? head) => $"{head?.Key} {head?.Version} {head?.UserId} {head?.ChainHash}";

    private static string Describe(ThreadTail? tail) => $"{Describe(tail?.Head)} {(tail is null ? "" : Ids(tail.Entries))}";

    private static string Describe(ThreadWriter thread) => $"{Describe(thread.Head)} {Ids(thread.Entries)}";

    private static string Ids(IEnumerable<LogEntry> entries) => string.Join(' ', entries.Select(entry => entry.CommitId));

    private Task<SqliteCommitLog> OpenDamagedAsync()
    {
        File.Delete(Damaged + "-wal");
        File.Delete(Damaged + "-shm");
        return SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = Damaged, Durability = SqliteDurability.Normal });
    }
}
