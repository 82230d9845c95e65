using System.Text;
using Holdfast.Logs;
using Holdfast.Sqlite;
using Microsoft.Extensions.AI;

namespace Holdfast.Backends.Tests;

/// <summary>A damaged thread, and damaged variables of a user and of the application, go on from their last good version on every backend.</summary>
public sealed class RecoveryTests
{
    private const int Versions = 6;

    public enum Kind
    {
        Thread,
        User,
        App,
    }

    public static TheoryData<Backend> Backends => [.. Enum.GetValues<Backend>().Select(backend => new TheoryDataRow<Backend>(backend))];

    public static TheoryData<Backend, Kind> OnDisk => [.. from backend in new[] { Backend.Files, Backend.Sqlite } from kind in Enum.GetValues<Kind>() select (backend, kind)];

    [Theory, MemberData(nameof(Backends))]
    public async Task Recover_OfAVersionThatIsGarbage_GoesOnFromTheOneBefore(Backend backend)
    {
        await using var store = new AgentStateStore(await Servers.NewLogAsync(backend));
        await FillAsync(store);
        foreach (var kind in Enum.GetValues<Kind>())
        {
            await AppendGarbageAsync(store, KeyOf(kind));
        }

        (await store.VerifyAllAsync()).Damaged.Select(report => report.Key).ShouldBe(Enum.GetValues<Kind>().Select(KeyOf));
        foreach (var kind in Enum.GetValues<Kind>())
        {
            using var quarantine = new MemoryStream();
            var report = (await RecoverAsync(store, kind, new() { Quarantine = quarantine }))!;

            (report.FirstKept, report.LastKept, report.LostVersions, report.Commit!.Version).ShouldBe((1, Versions, 1, Versions + 1), $"{kind}");
            Encoding.UTF8.GetString(quarantine.ToArray()).ShouldContain($"{{\"problem\":{{\"version\":{Versions + 1},");
        }

        await ShouldHaveAsync(store, Versions);
    }

    [Theory, MemberData(nameof(OnDisk))]
    public async Task Recover_OfABitThatFlippedOnTheDisk_GoesOnFromTheVersionBefore(Backend backend, Kind kind)
    {
        var path = Servers.NewStorePath();
        await using (var store = new AgentStateStore(Open(backend, path)))
        {
            await FillAsync(store);
        }

        Flip(backend == Backend.Files ? path : Path.GetDirectoryName(path)!, Path.GetFileName(path), $"{kind}-{Versions}.");
        await using var damaged = new AgentStateStore(Open(backend, path));
        (await damaged.VerifyAllAsync()).Damaged.ShouldHaveSingleItem().Key.ShouldBe(KeyOf(kind));

        using var quarantine = new MemoryStream();
        var recovered = (await RecoverAsync(damaged, kind, new() { Quarantine = quarantine }))!;
        (recovered.LastKept, recovered.LostVersions).ShouldBe((Versions - 1, 1));

        quarantine.Length.ShouldBeGreaterThan(0);
        (await ValueAsync(damaged, kind)).ShouldBe($"{kind}-{Versions - 1}.");
        (await damaged.VerifyAllAsync()).ShouldSatisfyAllConditions(all => all.IsIntact.ShouldBeTrue(), all => all.Threads.ShouldBe(3));
    }

    /// <summary>The versions that were lost are used again: they are not the past of a fork that was made before.</summary>
    [Theory, InlineData(Backend.Files), InlineData(Backend.Sqlite)]
    public async Task Recover_OfAThreadWithForks_NeverShowsThemWhatCameInThePlaceOfWhatWasLost(Backend backend)
    {
        var path = Servers.NewStorePath();
        await using (var store = new AgentStateStore(Open(backend, path)))
        {
            await SayAsync(store, "said");
            await store.Thread("ann").ForkAsync("fork");
            await store.UpdateAsync("fork", session => session.History.Add(ChatRole.User, "own"));
        }

        Flip(backend == Backend.Files ? path : Path.GetDirectoryName(path)!, Path.GetFileName(path), "said-4.");
        await using var damaged = new AgentStateStore(Open(backend, path));
        using var quarantine = new MemoryStream();
        (await damaged.Thread("ann").RecoverAsync(new() { Quarantine = quarantine }))!.LastKept.ShouldBe(3);
        await SayAsync(damaged, "new");
        await damaged.Thread("fork").ForkAsync("again");

        foreach (var id in new[] { "fork", "again" })
        {
            var session = await damaged.OpenAsync(id);
            (await session.History.LastAsync(1)).Select(message => message.Text).ShouldBe(["own"]);
            (await session.History.LastAsync(9)).ShouldNotContain(message => message.Text.StartsWith("new", StringComparison.Ordinal));
            await Should.ThrowAsync<HistoryDroppedException>(async () => await session.History.ToListAsync());
            (await damaged.LoadAsync(id, 3))!.Messages.Count.ShouldBe(3);
            await Should.ThrowAsync<HistoryDroppedException>(async () => await damaged.LoadAsync(id, 5));
        }

        static async Task SayAsync(AgentStateStore store, string text)
        {
            for (var i = 1; i <= Versions; i++)
            {
                await store.UpdateAsync("ann", session => session.History.Add(ChatRole.User, $"{text}-{i}."));
            }
        }
    }

    private static ThreadKey KeyOf(Kind kind) => kind switch
    {
        Kind.User => ThreadKey.Of(ThreadSpace.Users, "", "ann"),
        Kind.App => ThreadKey.Of(ThreadSpace.App, "", "variables"),
        _ => ThreadKey.Of("ann"),
    };

    private static ValueTask<RecoveryReport?> RecoverAsync(AgentStateStore store, Kind kind, RecoverOptions options) => kind switch
    {
        Kind.User => store.RecoverUserVariablesAsync("ann", options),
        Kind.App => store.RecoverAppVariablesAsync(options),
        _ => store.Thread("ann").RecoverAsync(options),
    };

    private static ICommitLog Open(Backend backend, string path)
        => backend == Backend.Files ? new FileCommitLog(new() { Directory = path }) : new SqliteCommitLog(new() { DataSource = path });

    // The thread has the id of the user.
    private static async Task FillAsync(AgentStateStore store)
    {
        for (var i = 1; i <= Versions; i++)
        {
            await store.UpdateAsync("ann", session => session.Variables.Set("i", $"{Kind.Thread}-{i}."));
            await store.UpdateUserAsync("ann", user => user.Set("i", $"{Kind.User}-{i}."));
            await store.UpdateAppAsync(app => app.Set("i", $"{Kind.App}-{i}."));
        }
    }

    private static async Task AppendGarbageAsync(AgentStateStore store, ThreadKey key)
    {
        var head = (await store.CommitLog.GetHeadAsync(key))!;
        var body = "{\"v\":1,"u8.ToArray();
        var entry = new LogEntry { Key = key, Version = head.Version + 1, CommitId = CommitId.New(TimeProvider.System), At = head.UpdatedAt, BodyHash = Digest.Compute(body), Body = body };
        var next = head with { Version = entry.Version, ChainHash = ChainHash.Next(head.ChainHash, entry) };
        (await store.CommitLog.AppendAsync(new() { Entry = entry, Head = next, After = head.ChainHash })).Outcome.ShouldBe(AppendOutcome.Appended);
    }

    private static async Task ShouldHaveAsync(AgentStateStore store, int version)
    {
        foreach (var kind in Enum.GetValues<Kind>())
        {
            (await ValueAsync(store, kind)).ShouldBe($"{kind}-{version}.");
        }

        var all = await store.VerifyAllAsync();
        (all.IsIntact, all.Threads).ShouldBe((true, 3), string.Join('\n', all.Damaged.SelectMany(report => report.Problems)));
    }

    private static async Task<string?> ValueAsync(AgentStateStore store, Kind kind)
    {
        var session = await store.OpenAsync(kind == Kind.Thread ? "ann" : "reader", new() { UserId = kind == Kind.User ? "ann" : null, LoadApp = kind == Kind.App });
        return (kind switch { Kind.User => session.User, Kind.App => session.App, _ => session.Variables }).Get<string>("i");
    }

    // A bit of a text that stands in one place of the files whose names begin so; the rest of the store is left alone.
    private static void Flip(string directory, string name, string text)
    {
        var found = 0;
        foreach (var file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Where(file => file.Contains(name, StringComparison.Ordinal)))
        {
            var bytes = File.ReadAllBytes(file);
            for (var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)); at >= 0; at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)))
            {
                bytes[at + 2] ^= 1;
                found++;
                File.WriteAllBytes(file, bytes);
            }
        }

        found.ShouldBe(1);
    }
}
