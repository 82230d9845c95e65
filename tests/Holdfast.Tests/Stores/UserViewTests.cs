using System.Reflection;
using Holdfast.Logs;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Stores;

/// <summary>What a user's view of a store sees and does: a table of every public verb and of whose thread it is.</summary>
public sealed class UserViewTests
{
    private readonly TestStore _test = new(options => options.Archive = new InMemoryCommitLog());

    public enum Owner
    {
        Mine,
        Others,
        Nobodys,
        MineDeleted,
        MineExpired,
    }

    /// <summary>Verb → (what it shows of a thread that is mine, and of one that is not there for me).</summary>
    private static Dictionary<string, (Func<AgentStateStore, Task<object?>> Call, object? Mine, object? NotThere)> Verbs => new(StringComparer.Ordinal)
    {
        ["OpenAsync"] = (async view => (await view.OpenAsync("t")).Version, 1L, 0L),
        ["OpenAsync, must exist"] = (async view => (await view.OpenAsync("t", new() { MustExist = true })).Version, 1L, typeof(ThreadNotFoundException)),
        ["LoadAsync"] = (async view => (await view.LoadAsync("t"))?.Version, 1L, null),
        ["LoadAsync of a version"] = (async view => (await view.LoadAsync("t", 1))?.Version, 1L, null),
        ["ListAsync"] = (async view => (long)await view.ListAsync().CountAsync(), 1L, 0L),
        ["ChangesAsync"] = (async view => (await FirstAsync(view.ChangesAsync(new ChangesQuery { After = ChangesPosition.Beginning, Threads = new() })))?.Thread.Version, 1L, null),
        ["ListPageAsync"] = (async view => (long)(await view.ListPageAsync(new() { Deleted = DeletedFilter.Exclude })).Threads.Count, 1L, 0L),
        ["UpdateAsync"] = (async view => (await view.UpdateAsync("t", session => session.Say("x"))).Version, 2L, typeof(CommitConflictException)),
        ["SaveAsync"] = (async view => (await view.SaveAsync("t", new AgentState { Agent = "x" })).Commit.Version, 2L, typeof(CommitConflictException)),
        ["Thread.GetInfoAsync"] = (async view => (await view.Thread("t").GetInfoAsync())?.Version, 1L, null),
        ["Thread.LoadAsync"] = (async view => (await view.Thread("t").LoadAsync())?.Version, 1L, null),
        ["Thread.LogAsync"] = (async view => (long)await view.Thread("t").LogAsync().CountAsync(), 1L, 0L),
        ["Thread.WatchAsync"] = (async view => await FirstAsync(view.Thread("t").WatchAsync(ThreadPosition.Beginning)) is ThreadCommitted told ? told.Commit.Version : null, 1L, null),
        ["Thread.DecisionsAsync"] = (async view => (long)await view.Thread("t").DecisionsAsync().CountAsync(), 1L, 0L),
        ["Thread.ReadRecordAsync"] = (async view => await view.Thread("t").ReadRecordAsync("r", 99), typeof(PointNotFoundException), null),
        ["Thread.PlanTrimAsync"] = (async view => (await view.Thread("t").PlanTrimAsync(new() { KeepVersions = 1 }))?.Version, 1L, null),
        ["Thread.TrimAsync"] = (async view => (await view.Thread("t").TrimAsync(new() { KeepVersions = 1 }))?.Version, 1L, null),
        ["Thread.PlanRedactionAsync"] = (async view => (await view.Thread("t").PlanRedactionAsync(new() { Pattern = "nowhere" }))?.Places.Count, 0, null),
        ["Thread.RedactAsync"] = (async view => (await view.Thread("t").RedactAsync(new() { Pattern = "nowhere" }))?.Places.Count, 0, null),
        ["TrimAsync"] = (async view => (await view.TrimAsync(new() { KeepVersions = 1 })).Threads, 1L, 0L),
        ["Thread.CompactAsync"] = (async view => await view.Thread("t").CompactAsync(new() { MaxTokens = 1, Summarize = (_, _) => throw new InvalidOperationException() }) is null, true, true),
        ["Thread.RestoreAsync"] = (async view => (await view.Thread("t").RestoreAsync(0)).Version, 2L, typeof(ThreadNotFoundException)),
        ["Thread.RollbackAsync"] = (async view => (await view.Thread("t").RollbackAsync()).Version, 2L, typeof(ThreadNotFoundException)),
        ["Thread.LabelAsync"] = (async view => (await view.Thread("t").LabelAsync("l")).Version, 1L, typeof(ThreadNotFoundException)),
        ["Thread.LabelsAsync"] = (async view => (long)(await view.Thread("t").LabelsAsync()).Count, 0L, 0L),
        ["Thread.RemoveLabelAsync"] = (async view => await view.Thread("t").RemoveLabelAsync("l"), false, false),
        ["Thread.CherryPickAsync"] = (async view => (await view.Thread("t").CherryPickAsync("t", 1)).Commit.IsEmpty, true, typeof(ThreadNotFoundException)),
        ["Thread.DiffAsync"] = (async view => (await view.Thread("t").DiffAsync(0))?.To.Version, 1L, null),
        ["Thread.DiffAsync with another thread"] = (async view => (await view.Thread("t").DiffAsync(0, "t", 1))?.To.Version, 1L, null),
        ["Thread.ForkAsync"] = (async view => (await view.Thread("t").ForkAsync("fork")).Version, 2L, typeof(ThreadNotFoundException)),
        ["Thread.ForksAsync"] = (async view => (long)await view.Thread("t").ForksAsync().CountAsync(), 0L, 0L),
        ["Thread.MergeAsync"] = (async view =>
        {
            try
            {
                return await view.Thread("t").MergeAsync();
            }
            catch (InvalidOperationException)
            {
                return "no fork";
            }
        }, "no fork", typeof(ThreadNotFoundException)),
        ["Thread.DeleteAsync"] = (async view => await view.Thread("t").DeleteAsync(), true, false),
        ["Thread.RestoreDeletedAsync"] = (async view => await view.Thread("t").RestoreDeletedAsync(), false, false),
        ["Thread.ResetAsync"] = (async view => (await view.Thread("t").ResetAsync()).IsEmpty, false, true),
        ["Thread.EraseAsync"] = (async view => await view.Thread("t").EraseAsync(), true, false),
        ["Thread.EraseAsync, with children"] = (async view => await view.Thread("t").EraseAsync(new() { Children = true }), true, false),
        ["Thread.Child"] = (async view => (await view.Thread("t").Child("c").SubmitTurnAsync([new(ChatRole.User, "x")])).State.ToString(), "Queued", typeof(ThreadNotFoundException)),
        ["Thread.ChildrenAsync"] = (async view => (long)await view.Thread("t").ChildrenAsync().CountAsync(), 0L, 0L),
        ["Thread.ExtendAsync"] = (async view => await view.Thread("t").ExtendAsync(TimeSpan.FromDays(1)), true, false),
        ["Thread.VerifyAsync"] = (async view => (await view.Thread("t").VerifyAsync())?.Entries, 1L, null),
        ["Thread.RecoverAsync"] = (async view => (await view.Thread("t").RecoverAsync(new() { DryRun = true }))?.LastKept, 1L, null),
        ["Thread.BeginTurnAsync"] = (async view =>
        {
            await using var turn = await view.Thread("t").BeginTurnAsync("x");
            return turn.Session.Version;
        }, 2L, typeof(CommitConflictException)),
        ["Thread.SubmitTurnAsync"] = (async view => (await view.Thread("t").SubmitTurnAsync([new(ChatRole.User, "x")])).State.ToString(), "Queued", typeof(CommitConflictException)),
        ["Thread.WaitForTurnAsync"] = (async view => (await view.Thread("t").WaitForTurnAsync(new("x"))).Attempt, typeof(TurnEndedException), typeof(TurnEndedException)),
        ["Thread.CancelTurnAsync"] = (async view => await view.Thread("t").CancelTurnAsync(new("x")), false, false),
        ["Thread.TurnsAsync"] = (async view => (long)await view.Thread("t").TurnsAsync().CountAsync(), 0L, 0L),
        ["Thread.StepsAsync"] = (async view => (long)(await view.Thread("t").StepsAsync(new("x"))).Count, 0L, 0L),
        ["Thread.TryAcquireAsync"] = (async view =>
        {
            await using var lease = await view.Thread("t").TryAcquireAsync();
            return lease?.Token;
        }, 2L, typeof(CommitConflictException)),
        ["Thread.AcquireAsync"] = (async view =>
        {
            await using var lease = await view.Thread("t").AcquireAsync();
            return lease.Token;
        }, 2L, typeof(CommitConflictException)),
        ["LeasesAsync"] = (async view => (long)await view.LeasesAsync().CountAsync(), 0L, 0L),
        ["CleanupAsync"] = (async view => (await view.CleanupAsync(new() { OlderThan = TimeSpan.Zero, DryRun = true })).Old, 0L, 0L),
        ["CopyToAsync"] = (async view => (await view.CopyToAsync(new AgentStateStore(new InMemoryCommitLog()))).Copied, 1L, 0L),
        ["VerifyAllAsync"] = (async view => (await view.VerifyAllAsync()).Threads, 1L, 0L),
        ["CheckAsync"] = (async view => (await view.CheckAsync()).Threads, 1L, 0L),
        ["MigrateStateAsync"] = (async view => (await view.MigrateStateAsync()).Threads, 1L, 0L),
        ["ArchiveAsync"] = (async view => (await view.ArchiveAsync(new() { OlderThan = TimeSpan.Zero, DryRun = true })).Archived, 0L, 0L),
        ["ExportAsync"] = (async view => (await view.ExportAsync(Stream.Null)).Threads, 1L, 0L),
        ["ImportAsync"] = (async view => (await view.ImportAsync(await BundleAsync())).Failures.ShouldHaveSingleItem().Error.GetType(), typeof(CommitConflictException), typeof(CommitConflictException)),
        ["CommitLog"] = (async view => (await view.CommitLog.GetHeadAsync(ThreadKey.Of("t")))?.Version, 1L, null),
        ["EraseUserAsync"] = (async view => (await view.EraseUserAsync("ann", dryRun: true)).Threads, 1L, 0L),
    };

    public static TheoryData<string, Owner> Cells => [.. from verb in Verbs.Keys from owner in Enum.GetValues<Owner>() select (verb, owner)];

    [Theory, MemberData(nameof(Cells))]
    public async Task Verb_OnAThread_ShowsItToItsOwnerAlone(string verb, Owner owner)
    {
        await MakeAsync(owner);
        var before = await StoredAsync();
        var (call, mine, notThere) = Verbs[verb];
        var expected = Expected(verb, owner, mine, notThere);

        object? answer;
        try
        {
            answer = await call(_test.Store.ForUser("ann"));
        }
        catch (AgentStateException e)
        {
            answer = e.GetType();
        }

        answer.ShouldBe(expected, $"{verb} of {owner}");
        if (owner is Owner.Others or Owner.Nobodys)
        {
            (await StoredAsync()).ShouldBe(before, $"{verb} of {owner}");
        }
    }

    [Fact]
    public void Verbs_AreAllInTheTable()
    {
        var verbs = typeof(AgentStateStore).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName).Select(method => method.Name)
            .Concat(typeof(ThreadHandle).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(method => !method.IsSpecialName && method.Name != nameof(ToString)).Select(method => "Thread." + method.Name))
            .Distinct();

        // Those that make views read nothing; those of users have tests below.
        verbs.Except(Verbs.Keys.Select(verb => verb.Split(' ', ',')[0]))
            .ShouldBe(["ForTenant", "ForDefaultTenant", "ForUser", "Thread", "Dispose", "DisposeAsync", "UpdateUserAsync", "UpdateAppAsync", "EraseUserVariablesAsync", "RecoverUserVariablesAsync", "RecoverAppVariablesAsync"], ignoreOrder: true);
    }

    [Fact]
    public async Task Thread_BegunThroughAView_BelongsToItsUser()
    {
        var view = _test.Store.ForUser("ann");
        await view.UpdateAsync("new", session => session.User.Set("city", "Oslo"));
        await view.UpdateAsync("new", session => session.Say("x"));

        (await _test.Store.Thread("new").GetInfoAsync())!.UserId.ShouldBe("ann");
        (view.UserId, _test.Store.UserId).ShouldBe(("ann", null));
        (await view.OpenAsync("new")).User.Get<string>("city").ShouldBe("Oslo");
    }

    [Fact]
    public async Task OtherUsers_CannotBeReachedFromAView()
    {
        await _test.Store.UpdateUserAsync("bob", user => user.Set("secret", 1));
        var view = _test.Store.ForUser("ann");

        Should.Throw<ThreadAccessDeniedException>(() => view.ForUser("bob"));
        await Should.ThrowAsync<ArgumentException>(async () => await view.OpenAsync("x", new() { UserId = "bob" }));
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await view.UpdateUserAsync("bob", user => user.Clear()));
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await view.EraseUserVariablesAsync("bob"));
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await view.EraseUserAsync("bob"));
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await view.RecoverUserVariablesAsync("bob", new() { DryRun = true }));
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await view.RecoverAppVariablesAsync(new() { DryRun = true }));
        await Should.ThrowAsync<ArgumentException>(async () => await view.SaveAsync("x", new AgentState { UserId = "bob" }));
        (await view.ListAsync(new() { UserId = "bob" }).CountAsync()).ShouldBe(0);
        view.ForUser("ann").UserId.ShouldBe("ann");
        view.ForTenant("acme").UserId.ShouldBe("ann");
        (await view.CommitLog.GetHeadAsync(ThreadKey.Of(ThreadSpace.Users, "", "bob"))).ShouldBeNull();
        (await view.CommitLog.ReadAsync(ThreadKey.Of(ThreadSpace.Users, "", "bob")).CountAsync()).ShouldBe(0);
        (await _test.Store.OpenAsync("x", new() { UserId = "bob" })).User.Get<int>("secret").ShouldBe(1);
    }

    [Fact]
    public async Task Log_OfAView_NeitherReadsNorChangesWhatIsNotOwned()
    {
        await MakeAsync(Owner.Others);
        var before = await StoredAsync();
        var (log, key) = (_test.Store.ForUser("ann").CommitLog, ThreadKey.Of("t"));
        var head = (await _test.Memory.GetHeadAsync(key))!;

        (await log.ReadTailAsync(key)).ShouldBeNull();
        (await log.ReadAsync(key).CountAsync()).ShouldBe(0);
        (await log.ReadAsync(new ReadRequest { Key = key, Life = head.Life }).CountAsync()).ShouldBe(0);
        (await log.SetExpiryAsync(key, null)).ShouldBeFalse();
        (await log.RewriteAsync(key, new Dictionary<long, ReadOnlyMemory<byte>>())).ShouldBeFalse();
        (await log.EraseAsync(key)).ShouldBeFalse();
        var entry = (await _test.EntriesAsync("t"))[0] with { Version = 2 };
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await log.AppendAsync(new() { Entry = entry, Head = head with { Version = 2 }, After = head.ChainHash }));
        log.GetService<InMemoryCommitLog>().ShouldBeNull();
        (await StoredAsync()).ShouldBe(before);
    }

    [Fact]
    public void Log_OfAView_DoesNotHandOutTheLogBeneathIt()
    {
        var store = new AgentStateStore(new InMemoryCommitLog());

        store.ForUser("ann").CommitLog.GetService<InMemoryCommitLog>().ShouldBeNull();
        store.ForUser("ann").CommitLog.GetService<ICommitLog>().ShouldBeNull();
    }

    [Fact]
    public async Task UpdateHead_OfAView_HoldsToTheLifeAskedFor()
    {
        await MakeAsync(Owner.Mine);
        var before = await StoredAsync();
        var log = _test.Store.ForUser("ann").CommitLog;

        (await log.UpdateHeadAsync(new() { Key = ThreadKey.Of("t"), IfLife = CommitId.New(TimeProvider.System), Beats = true })).ShouldBeNull();
        (await StoredAsync()).ShouldBe(before);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Log_OfAView_LeavesAThreadAlone_ThatAnotherUserBeganUnderTheSameIdMeanwhile(bool erases)
    {
        await MakeAsync(Owner.Mine);
        var log = _test.Store.ForUser("ann").CommitLog;
        _test.Log.AfterHeadRead = async () =>
        {
            await _test.Memory.EraseAsync(new() { Key = ThreadKey.Of("t") });
            await MakeAsync(Owner.Others);
        };

        (await (erases ? log.EraseAsync(new() { Key = ThreadKey.Of("t") }) : log.RewriteAsync(new() { Key = ThreadKey.Of("t"), DropBelow = 1 }))).ShouldBeFalse();

        (await _test.Memory.GetHeadAsync(ThreadKey.Of("t")))!.UserId.ShouldBe("bob");
    }

    [Fact]
    public async Task Erase_ThroughAView_OfAThreadThatOnlyMovedOnMeanwhile_IsDone()
    {
        await MakeAsync(Owner.Mine);
        _test.Log.AfterHeadRead = () => _test.CommitAsync("t", session => session.Say("more"));

        (await _test.Store.ForUser("ann").CommitLog.EraseAsync(new() { Key = ThreadKey.Of("t") })).ShouldBeTrue();

        (await _test.Memory.GetHeadAsync(ThreadKey.Of("t"))).ShouldBeNull();
    }

    [Fact]
    public async Task Update_OfAnIdThatOthersHave_IsAConflictAtOnce_ThatDoesNotSayWhose()
    {
        await MakeAsync(Owner.Others);
        _test.Log.Reset();

        var error = await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.ForUser("ann").UpdateAsync("t", session => session.Say("x")));

        error.Message.ShouldNotContain("bob");
        _test.Log.Requests.Count.ShouldBeLessThan(4);
    }

    private static object? Expected(string verb, Owner owner, object? mine, object? notThere) => (verb, owner) switch
    {
        (_, Owner.Mine) => mine,
        (_, Owner.Others or Owner.Nobodys) => notThere,
        ("Thread.EraseAsync" or "Thread.EraseAsync, with children", _) => true,
        ("Thread.VerifyAsync" or "Thread.RecoverAsync", Owner.MineDeleted) => 2L,
        ("Thread.VerifyAsync" or "Thread.RecoverAsync" or "VerifyAllAsync", _) => 1L,
        ("EraseUserAsync", _) => 1L,
        ("CommitLog", Owner.MineDeleted) => 2L,
        ("CommitLog", _) => 1L,
        ("Thread.PlanTrimAsync" or "Thread.TrimAsync", Owner.MineDeleted) => 2L,
        ("Thread.PlanRedactionAsync" or "Thread.RedactAsync", Owner.MineDeleted) => 0,
        ("TrimAsync", Owner.MineDeleted) => 1L,
        ("Thread.CompactAsync", Owner.MineDeleted) => typeof(ThreadNotFoundException),
        ("CopyToAsync" or "ExportAsync" or "CheckAsync" or "MigrateStateAsync", Owner.MineDeleted) => 1L,
        ("Thread.RestoreDeletedAsync", Owner.MineDeleted) => true,
        ("Thread.ResetAsync", Owner.MineDeleted) => false,
        ("Thread.BeginTurnAsync" or "Thread.TryAcquireAsync" or "Thread.AcquireAsync", Owner.MineExpired) => 1L,
        ("Thread.SubmitTurnAsync", Owner.MineExpired) => "Queued",
        ("Thread.BeginTurnAsync" or "Thread.SubmitTurnAsync" or "Thread.TryAcquireAsync" or "Thread.AcquireAsync", Owner.MineDeleted) => typeof(ThreadNotFoundException),
        ("OpenAsync" or "OpenAsync, must exist" or "UpdateAsync" or "SaveAsync", Owner.MineDeleted) => typeof(ThreadNotFoundException),
        ("OpenAsync, must exist" or "Thread.RestoreAsync" or "Thread.RollbackAsync" or "Thread.LabelAsync", Owner.MineExpired) => typeof(ThreadExpiredException),
        ("OpenAsync, must exist" or "Thread.ForkAsync", Owner.MineExpired) => typeof(ThreadExpiredException),
        ("UpdateAsync" or "SaveAsync", Owner.MineExpired) => 1L,
        _ => notThere,
    };

    // A thread of the same id and user that has nothing in common with what is there.
    private static async Task<Stream> BundleAsync()
    {
        var other = new TestStore();
        await other.CommitAsync("t", session => session.Say("another"), new() { UserId = "ann" });
        var bundle = new MemoryStream();
        await other.Store.ExportAsync(bundle);
        bundle.Position = 0;
        return bundle;
    }

    private async Task MakeAsync(Owner owner)
    {
        var open = new OpenOptions { UserId = owner switch { Owner.Others => "bob", Owner.Nobodys => null, _ => "ann" } };
        await _test.Store.UpdateAsync(
            "t",
            session =>
            {
                session.Say("secret");
                session.Decisions.Add("secret", "it is");
            },
            open);
        if (owner == Owner.MineDeleted)
        {
            await _test.Store.Thread("t").DeleteAsync();
        }
        else if (owner == Owner.MineExpired)
        {
            await _test.Store.Thread("t").ExtendAsync(TimeSpan.FromMinutes(1));
            _test.Clock.Advance(TimeSpan.FromMinutes(2));
        }
    }

    // The first that is told; null if there is nothing to tell yet.
    private static async Task<T?> FirstAsync<T>(IAsyncEnumerable<T> events)
        where T : class
    {
        using var end = new CancellationTokenSource();
        var told = events.GetAsyncEnumerator(end.Token);
        var first = told.MoveNextAsync().AsTask();
        var found = first.IsCompleted && await first ? told.Current : null;
        await end.CancelAsync();
        await ((Task)first).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await told.DisposeAsync();
        return found;
    }

    private async Task<string> StoredAsync()
    {
        var head = (await _test.Memory.GetHeadAsync(ThreadKey.Of("t")))!;
        return $"{head.Stamp} {head.ExpiresAt} {(await _test.EntriesAsync("t")).Count}";
    }
}
