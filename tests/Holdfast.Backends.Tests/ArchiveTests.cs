using System.Text;
using Holdfast.Logs;
using Holdfast.Redis;
using Holdfast.Servers;
using Holdfast.Sqlite;
using Holdfast.Worker;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Holdfast.Backends.Tests;

/// <summary>Archives of real stores on real stores. A store calls its log and its archive one at a time, each by the same contract, so that each backend is the one and the other once, with SQLite on the other side.</summary>
public sealed class ArchiveTests
{
    private const string Secret = "secret-4711-qwxz";

    private static readonly ArchiveOptions Old = new() { OlderThan = TimeSpan.FromHours(12) };

    public static TheoryData<Backend, Backend> Pairs
        => [.. Stored.Select(backend => new TheoryDataRow<Backend, Backend>(backend, Backend.Sqlite)), .. Stored.Where(backend => backend != Backend.Sqlite).Select(backend => new TheoryDataRow<Backend, Backend>(Backend.Sqlite, backend))];

    public static TheoryData<Backend> Backends => [.. Stored.Select(backend => new TheoryDataRow<Backend>(backend))];

    private static IEnumerable<Backend> Stored => Enum.GetValues<Backend>().Where(backend => backend != Backend.Memory);

    [Theory, MemberData(nameof(Pairs))]
    public async Task Thread_ThatWasArchived_IsTheSameThread_UntilNothingIsLeftOfIt(Backend hot, Backend cold)
    {
        // Servers with a clock of their own are not asked for the past.
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-5));
        await using var log = await Servers.NewLogAsync(hot);
        await using var archive = await Servers.NewLogAsync(cold);
        await using var store = new AgentStateStore(log, new() { TimeProvider = clock, Archive = archive });
        await using var other = new AgentStateStore(log, new() { TimeProvider = clock, Archive = archive });
        var thread = store.Thread("a");
        for (var i = 1; i <= 8; i++)
        {
            await SayAsync(store, $"{i}", i == 2 ? Secret : i == 4 ? new string('x', 20_000) : "");
        }

        await thread.LabelAsync("third", 3);
        var states = new List<string>();
        for (var version = 1; version <= 8; version++)
        {
            states.Add(await JsonAsync(store, version));
        }

        clock.Advance(TimeSpan.FromDays(1));
        (await store.ArchiveAsync(Old with { CheckOrphans = true })).ShouldSatisfyAllConditions(result => result.Archived.ShouldBe(1), result => result.Failures.ShouldBeEmpty(), result => result.Orphans.ShouldBe(0));

        // It is the same thread.
        var archived = (await thread.GetInfoAsync())!;
        (archived.FirstVersion, archived.ArchivedBelow).ShouldBe((1, archived.Version));
        (await log.ReadAsync(ThreadKey.Of("a")).CountAsync()).ShouldBe(1);
        for (var version = 1; version <= 8; version++)
        {
            (await JsonAsync(other, version)).ShouldBe(states[version - 1], $"version {version}");
        }

        var versions = Enumerable.Range(1, (int)archived.Version).Select(version => (long)version);
        (await thread.LogAsync().Select(commit => commit.Version).ToListAsync()).ShouldBe(versions.Reverse());
        (await thread.LogAsync(new() { Ascending = true }).Select(commit => commit.Version).ToListAsync()).ShouldBe(versions);
        (await PagesAsync(store)).ShouldBe(["8", "7", "6", "5", "4", "3", "2", "1"]);
        await thread.ForkAsync("f", new() { At = 5 });
        (await TextsAsync(store, "f")).ShouldBe(["1", "2", "3", "4", "5"]);
        await RequireIntactAsync(store);

        // What is redacted is in neither log. (Asked of what stands there: whatever a backend has of it elsewhere is a matter of RedactedBytesTests.)
        (await EverythingAsync(archive)).ShouldContain(Secret);
        await thread.RedactAsync(new() { Pattern = Secret });
        (await EverythingAsync(archive) + await EverythingAsync(log)).ShouldNotContain(Secret);
        (await store.LoadAsync("f"))!.Variables["last"].GetString().ShouldBe("5");
        await RequireIntactAsync(store);

        // It goes on, back to what is in the archive, and there again.
        (await thread.RestoreAsync(ThreadPoint.AtLabel("third"))).Restores.ShouldBe(3);
        (await TextsAsync(store, "a")).ShouldBe(["1", "2", "3"]);
        await SayAsync(other, "9", "");
        clock.Advance(TimeSpan.FromDays(1));
        (await other.ArchiveAsync(Old)).ShouldSatisfyAllConditions(result => result.Archived.ShouldBe(1), result => result.Failures.ShouldBeEmpty());
        (await JsonAsync(store, 8)).ShouldBe(states[7].Replace(Secret, "[redacted]", StringComparison.Ordinal));
        (await TextsAsync(store, "a")).ShouldBe(["1", "2", "3", "9"]);
        (await EverythingAsync(archive) + await EverythingAsync(log)).ShouldNotContain(Secret);
        await RequireIntactAsync(store);

        // Its beginning goes once nothing shows it.
        await store.Thread("f").EraseAsync();
        await thread.RemoveLabelAsync("third");
        await store.UpdateAsync("a", session => session.History.KeepLast(1));
        clock.Advance(TimeSpan.FromDays(2));
        var plan = (await thread.TrimAsync(new RetentionPolicy { KeepVersions = 1, MaxMessages = 1, LeastVersions = 1 }))!;
        plan.KeepFrom.ShouldBeGreaterThan(8);
        (await thread.GetInfoAsync())!.FirstVersion.ShouldBe(plan.KeepFrom);
        (await archive.ReadAsync(ThreadKey.Of("a")).Select(entry => entry.Version).ToListAsync()).ShouldAllBe(version => version >= plan.KeepFrom);
        await Should.ThrowAsync<HistoryDroppedException>(async () => await store.LoadAsync("a", 5));
        (await TextsAsync(other, "a")).ShouldBe(["9"]);
        await RequireIntactAsync(store);

        // And then the rest: that of the thread, and that of a user.
        await store.UpdateAsync("b", session => session.Variables.Set("v", 1), new() { UserId = "ann" });
        await store.UpdateAsync("b", session => session.Variables.Set("v", 2));
        clock.Advance(TimeSpan.FromDays(1));
        (await store.ArchiveAsync(Old)).Failures.ShouldBeEmpty();
        (await SampleThreads.HeadsAsync(archive)).Select(head => head.Key.ToString()).ShouldBe(["a", "b"]);
        (await thread.EraseAsync()).ShouldBeTrue();
        await store.EraseUserAsync("ann");
        (await SampleThreads.HeadsAsync(archive)).ShouldBeEmpty();
        (await SampleThreads.HeadsAsync(log)).Where(head => head.Key.Space is ThreadSpace.Threads or ThreadSpace.Trunks).ShouldBeEmpty();
    }

    /// <summary>Several processes archive, and others commit, read and redact meanwhile.</summary>
    [Theory, MemberData(nameof(Pairs))]
    public async Task Archiving_BesideOthers_LosesNothing(Backend hot, Backend cold)
    {
        var (url, archive) = (await Servers.NewUrlAsync(hot), await Servers.NewUrlAsync(cold));
        var stores = Enumerable.Range(0, 3).Select(_ => new AgentStateStore(TurnHost.Open(url), new() { Archive = TurnHost.Open(archive) })).ToList();
        await SayAsync(stores[0], "0", Secret);
        await SayAsync(stores[0], "1", "");
        var failures = new List<CopyFailure>();
        var archived = 0L;

        var archiving = stores[..2].Select(store => Task.Run(async () =>
        {
            for (var i = 0; i < 4; i++)
            {
                var result = await store.ArchiveAsync(new() { OlderThan = TimeSpan.Zero });
                lock (failures)
                {
                    failures.AddRange(result.Failures);
                    archived += result.Archived;
                }
            }
        }));
        var writing = Task.Run(async () =>
        {
            for (var i = 2; i < 10; i++)
            {
                await SayAsync(stores[2], $"{i}", "");
                (await TextsAsync(stores[2], "a")).Count.ShouldBe(i + 1);
                (await stores[2].LoadAsync("a", 1))!.Messages.Count.ShouldBe(1);
                if (i == 5)
                {
                    await stores[2].Thread("a").RedactAsync(new() { Pattern = Secret });
                }
            }
        });
        await Task.WhenAll([.. archiving, writing]);

        failures.ShouldBeEmpty();
        await Patience.UntilAsync("the thread is old", async () =>
        {
            archived += (await stores[0].ArchiveAsync(new() { OlderThan = TimeSpan.Zero })).Archived;
            return archived > 0 && (await stores[0].Thread("a").GetInfoAsync()) is { } info && info.ArchivedBelow == info.Version;
        });
        foreach (var store in stores)
        {
            (await TextsAsync(store, "a")).ShouldBe(Enumerable.Range(0, 10).Select(i => $"{i}"));
            await RequireIntactAsync(store);
        }

        (await EverythingAsync(stores[0].CommitLog) + await EverythingAsync(stores[0].Context.Options.Archive!)).ShouldNotContain(Secret);
        foreach (var store in stores)
        {
            await store.Context.Options.Archive!.DisposeAsync();
            await store.DisposeAsync();
        }
    }

    /// <summary>Redis removes what has expired itself, and cannot remove it from the archive: such threads stay, and what was archived before is found as an orphan.</summary>
    [Fact]
    public async Task Threads_ThatTheServerRemoves_AreNotArchived_OrFoundAsOrphans()
    {
        var (address, prefix) = (await Servers.RedisAddressAsync(), Servers.NewStoreName());
        await using var log = new RedisCommitLog(new() { Configuration = address, KeyPrefix = prefix });
        await using var server = await ConnectionMultiplexer.ConnectAsync($"{address},connectTimeout={Patience.Call.TotalMilliseconds},syncTimeout={Patience.Call.TotalMilliseconds},asyncTimeout={Patience.Call.TotalMilliseconds}");
        await using var archive = await Servers.NewLogAsync(Backend.Sqlite);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-2));
        await using var store = new AgentStateStore(log, new() { TimeProvider = clock, Archive = archive });
        foreach (var id in new[] { "a", "b", "expires" })
        {
            await store.UpdateAsync(id, session => session.History.Add(ChatRole.User, "1"), new() { UserId = id == "a" ? "ann" : null });
            await store.UpdateAsync(id, session => session.History.Add(ChatRole.User, "2"));
        }

        await store.Thread("expires").ExtendAsync(TimeSpan.FromDays(30));
        clock.SetUtcNow(TimeProvider.System.GetUtcNow());
        (await store.ArchiveAsync(Old)).Archived.ShouldBe(2);
        (await archive.GetHeadAsync(ThreadKey.Of("expires"))).ShouldBeNull();

        // An expiry that a thread got later leaves it whole for as long as it stands.
        await store.Thread("a").ExtendAsync(TimeSpan.FromDays(1));
        await store.Thread("b").ExtendAsync(TimeSpan.FromDays(1));
        await store.UpdateAsync("b", session => session.History.Add(ChatRole.User, "3"));
        (await store.ArchiveAsync(new() { OlderThan = TimeSpan.Zero, Query = new() { IdPrefix = "b" } })).Archived.ShouldBe(0);
        (await TextsAsync(store, "b")).ShouldBe(["1", "2", "3"]);
        (await store.ArchiveAsync(Old with { CheckOrphans = true })).Orphans.ShouldBe(0);

        // A day later.
        foreach (var id in new[] { "a", "b" })
        {
            foreach (var part in new[] { "log", "head" })
            {
                (await server.GetDatabase().KeyExpireAsync($"{prefix}{{:{id}}}:{part}", TimeSpan.FromMilliseconds(1), ExpireWhen.HasExpiry)).ShouldBeTrue();
            }

            await Patience.UntilAsync("the server has removed the thread", async () => await log.GetHeadAsync(ThreadKey.Of(id)) is null);
        }

        (await store.ArchiveAsync(Old with { CheckOrphans = true })).Orphans.ShouldBe(2);
        await store.EraseUserAsync("ann");
        (await SampleThreads.HeadsAsync(archive)).Select(head => head.Key.ToString()).ShouldBe(["b"]);
        (await store.ArchiveAsync(Old with { RemoveOrphans = true, DryRun = true })).Orphans.ShouldBe(1);
        (await store.ArchiveAsync(Old with { RemoveOrphans = true })).Orphans.ShouldBe(0);
        (await SampleThreads.HeadsAsync(archive)).ShouldBeEmpty();
        (await TextsAsync(store, "expires")).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Archiving_WhoseProcessIsKilled_IsFinishedByTheNext()
    {
        const int Threads = 24;
        const int Commits = 8;
        var (url, archive) = (await Servers.NewUrlAsync(Backend.Sqlite), await Servers.NewUrlAsync(Backend.Sqlite));
        await using var cold = TurnHost.Open(archive);
        await using var store = new AgentStateStore(TurnHost.Open(url), new() { Archive = cold });
        var ids = Enumerable.Range(10, Threads).Select(i => $"t{i}").ToList();
        await Task.WhenAll(ids.Select(id => Task.Run(async () =>
        {
            var session = await store.OpenAsync(id);
            for (var i = 0; i < Commits; i++)
            {
                session.History.Add(ChatRole.User, $"{i}");
                await session.CommitAsync();
            }
        })));
        using var worker = WorkerProcess.Start(url, "archive", archive);

        // It works on while it is killed, wherever it is.
        await worker.UntilHangingAsync(Threads / 4);
        await worker.KillAsync();

        await RequireAllAsync();
        (await store.ArchiveAsync(new() { OlderThan = TimeSpan.Zero, CheckOrphans = true })).ShouldSatisfyAllConditions(result => result.Failures.ShouldBeEmpty(), result => result.Skipped.ShouldBe(0), result => result.Orphans.ShouldBe(0));
        await RequireAllAsync();
        foreach (var id in ids)
        {
            (await store.CommitLog.ReadAsync(ThreadKey.Of(id)).CountAsync()).ShouldBe(1, id);
        }

        (await SampleThreads.HeadsAsync(cold)).Count.ShouldBe(Threads);
        (await store.VerifyAllAsync()).Damaged.ShouldBeEmpty();

        async Task RequireAllAsync()
        {
            foreach (var id in ids)
            {
                (await TextsAsync(store, id)).ShouldBe(Enumerable.Range(0, Commits).Select(i => $"{i}"), id);
            }
        }
    }

    /// <summary>Two stores on the same server may have one archive. What belongs to one is no orphan of the other.</summary>
    [Theory, MemberData(nameof(Backends))]
    public async Task Archive_OfTwoStoresOnOneServer_KnowsWhoseThreadsAreWhose(Backend backend) => await RequireApartAsync(await Servers.NewLogAsync(backend), await Servers.NewLogAsync(backend));

    [Fact]
    public async Task Archive_OfTwoFilesWithBracketsInTheirNames_KnowsWhoseThreadsAreWhose()
    {
        var path = Servers.NewStorePath();
        await RequireApartAsync(new SqliteCommitLog(new() { DataSource = $"{path} (1).db" }), new SqliteCommitLog(new() { DataSource = $"{path} (2).db" }));
        await RequireApartAsync(new FileCommitLog(new() { Directory = $"{path} (1)" }), new FileCommitLog(new() { Directory = $"{path} (2)" }));
    }

    private static async Task RequireApartAsync(ICommitLog log, ICommitLog otherLog)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-5));
        await using var archive = new InMemoryCommitLog();
        await using var one = new AgentStateStore(log, new() { TimeProvider = clock, Archive = archive });
        await using var another = new AgentStateStore(otherLog, new() { TimeProvider = clock, Archive = archive });
        await SayAsync(one, "1", "", "ann");
        await SayAsync(one, "2", "");
        clock.Advance(TimeSpan.FromDays(1));
        (await one.ArchiveAsync(Old)).Archived.ShouldBe(1);

        (await another.ArchiveAsync(Old with { RemoveOrphans = true })).Orphans.ShouldBe(0);
        await another.EraseUserAsync("ann");

        (await one.LoadAsync("a", 1))!.Messages.Count.ShouldBe(1);
        await RequireIntactAsync(one);
    }

    private static async Task SayAsync(AgentStateStore store, string text, string more, string? user = null)
        => await store.UpdateAsync("a", session =>
        {
            session.History.Add(ChatRole.User, text);
            session.Variables.Set("last", text);
            session.Variables.Set("more", more);
        }, new() { UserId = user });

    private static async Task<string> JsonAsync(AgentStateStore store, long version) => ((await store.LoadAsync("a", version))! with { Position = null }).ToJson();

    private static async Task<List<string>> TextsAsync(AgentStateStore store, string id) => await (await store.OpenAsync(id)).History.Select(message => message.Text).ToListAsync();

    // Back from the newest message, three at a time.
    private static async Task<List<string>> PagesAsync(AgentStateStore store)
    {
        var (texts, before) = (new List<string>(), (string?)null);
        var history = (await store.OpenAsync("a")).History;
        do
        {
            var page = await history.PageAsync(3, before);
            texts.AddRange(page.Messages.Reverse().Select(message => message.Text));
            before = page.Older;
        }
        while (before is not null);

        return texts;
    }

    private static async Task RequireIntactAsync(AgentStateStore store)
    {
        (await store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
        (await store.VerifyAllAsync()).Damaged.ShouldBeEmpty();
    }

    // The bodies of all entries as they are stored.
    private static async Task<string> EverythingAsync(ICommitLog log)
    {
        var text = new StringBuilder();
        foreach (var head in await SampleThreads.HeadsAsync(log))
        {
            await foreach (var entry in log.ReadAsync(head.Key))
            {
                text.Append(Encoding.UTF8.GetString(entry.Body.Span)).Append('\n');
            }
        }

        return text.ToString();
    }
}
