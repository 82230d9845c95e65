using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class AppVariablesTests
{
    private static readonly OpenOptions WithApp = new() { LoadApp = true };
    private static readonly ThreadKey App = ThreadKey.Of(ThreadSpace.App, "", "variables");

    private readonly TestStore _test = new();

    [Fact]
    public async Task App_IsSharedByAllThreadsOfATenant()
    {
        await _test.CommitAsync("a", session => session.App.Set("model", "m-7"), new() { UserId = "ann" });
        await _test.CommitAsync("b", session => session.App.Set("region", "eu"));

        (await _test.Another().OpenAsync("c", WithApp)).App.Keys.ShouldBe(["model", "region"]);
        (await _test.Store.ForTenant("acme").OpenAsync("c", WithApp)).App.Count.ShouldBe(0);
    }

    [Fact]
    public async Task App_ThatIsNotTouched_CostsNothing()
    {
        await _test.Store.UpdateAppAsync(app => app.Set("model", "m-7"));
        _test.Log.Reset();

        await _test.CommitAsync("a", session => session.Say("x"));

        _test.Log.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task App_ThatIsOnlySet_IsReadOnceAndWrittenOnlyWhereItDiffers()
    {
        await _test.Store.UpdateAppAsync(app => app.Set("model", "m-7"));
        _test.Log.Reset();

        var same = await _test.CommitAsync("a", session => session.App.Set("model", "m-7"));
        (_test.Log.TailReads, _test.Log.Requests.Count).ShouldBe((2, 0));
        var other = await _test.CommitAsync("a", session => session.App.Set("model", "m-8"));

        (_test.Log.TailReads, _test.Log.Requests.Count).ShouldBe((4, 1));
        (same.IsEmpty, same.Scopes.Single().Outcome, same.Scopes.Single().Commit.Version).ShouldBe((true, ScopeOutcome.Unchanged, 1));
        (other.IsEmpty, other.Scopes.Single().Outcome, other.Scopes.Single().Commit.Version).ShouldBe((false, ScopeOutcome.Committed, 2));
    }

    [Fact]
    public async Task App_ThatWasNotRead_SaysHowToReadIt()
    {
        await _test.Store.UpdateAppAsync(app => app.Set("model", "m-7"));
        var session = await _test.Store.OpenAsync("a");
        session.App.Set("region", "eu");

        session.App.Get("region", "").ShouldBe("eu");
        foreach (var read in new Action[]
        {
            () => session.App.Get("model", ""), () => session.App.Contains("model"), () => _ = session.App.Count, () => _ = session.App.ToList(), () => session.App.ToJson(),
            () => session.App.Remove("model"), () => session.App.Clear(), () => session.App.Append("model", "x", PlainJson.Relaxed.String),
        })
        {
            Should.Throw<InvalidOperationException>(read).Message.ShouldContain("OpenOptions.LoadApp");
        }

        await session.CommitAsync();
        session.App.Get("model", "").ShouldBe("m-7");
    }

    [Fact]
    public async Task App_FiftyWritersAtOnce_AllHold()
    {
        await Parallel.ForAsync(0, 50, async (i, cancellationToken) =>
        {
            var session = await _test.Another().OpenAsync($"t{i}", i % 2 == 0 ? WithApp : null, cancellationToken);
            session.App.Set($"k{i}", i);
            session.App.Set("last", i);
            await session.CommitAsync(cancellationToken: cancellationToken);
        });

        var app = (await _test.Store.OpenAsync("a", WithApp)).App;
        (app.Count, app.Contains("last")).ShouldBe((51, true));
        for (var i = 0; i < 50; i++)
        {
            app.Get($"k{i}", -1).ShouldBe(i);
        }
    }

    [Fact]
    public async Task UpdateApp_FiftyAtOnce_LosesNone()
    {
        await Parallel.ForAsync(0, 50, async (_, cancellationToken) =>
            await _test.Another().UpdateAppAsync(app => app.Set("count", app.Get("count", 0) + 1), cancellationToken));

        (await _test.Store.UpdateAppAsync(app => Task.FromResult(app.Get("count", 0)))).ShouldBe(50);
    }

    [Fact]
    public async Task App_IsNeitherListedNorErasedWithAUser()
    {
        await _test.CommitAsync("a", session => session.App.Set("model", "m-7"), new() { UserId = "ann" });

        (await _test.Store.ListAsync(new() { Deleted = DeletedFilter.Include }).CountAsync()).ShouldBe(0);
        await _test.Store.EraseUserAsync("ann");
        await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.Zero });

        (await _test.Store.OpenAsync("a", WithApp)).App.Get("model", "").ShouldBe("m-7");
    }

    [Fact]
    public async Task App_IsReadThroughAUsersView_AndNotChanged()
    {
        await _test.Store.UpdateAppAsync(app => app.Set("model", "m-7"));
        var view = _test.Store.ForUser("ann");
        var session = await view.OpenAsync("a", WithApp);
        session.Say("x");

        session.App.Get("model", "").ShouldBe("m-7");
        foreach (var change in new Action[]
        {
            () => session.App.Set("model", "m-8"), () => session.App.Set("model", "m-8", TimeSpan.FromDays(1)), () => session.App.Remove("model"), () => session.App.Clear(),
            () => session.App.Append("list", "x", PlainJson.Relaxed.String), () => session.App.Assign(Utf8Json.Parse("{}"u8.ToArray())),
        })
        {
            Should.Throw<ThreadAccessDeniedException>(change);
        }

        (await session.CommitAsync()).Scopes.ShouldBeEmpty();
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await view.UpdateAppAsync(app => app.Set("model", "m-8")));
        (await view.UpdateAppAsync(app => Task.FromResult(app.Get("model", "")))).ShouldBe("m-7");
        await RefusesToChangeItAsync(view.CommitLog);
        (await _test.Store.OpenAsync("a", new() { LoadApp = true })).App.Get("model", "").ShouldBe("m-7");
    }

    [Fact]
    public async Task App_IsCopiedWithAStore()
    {
        await _test.Store.UpdateAppAsync(app => app.Set("model", "m-7"));
        var target = new TestStore();

        (await _test.Store.CopyToAsync(target.Store)).Copied.ShouldBe(1);

        (await target.Store.OpenAsync("a", WithApp)).App.Get("model", "").ShouldBe("m-7");
        (await target.Memory.GetHeadAsync(App))!.ChainHash.ShouldBe((await _test.Memory.GetHeadAsync(App))!.ChainHash);
    }

    private async Task RefusesToChangeItAsync(ICommitLog log)
    {
        var head = (await log.GetHeadAsync(App))!;
        (await log.SetExpiryAsync(App, null)).ShouldBeFalse();
        (await log.RewriteAsync(App, new Dictionary<long, ReadOnlyMemory<byte>>())).ShouldBeFalse();
        (await log.EraseAsync(App)).ShouldBeFalse();
        var entry = (await log.ReadAsync(App).ToListAsync())[0] with { Version = 2 };
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await log.AppendAsync(new() { Entry = entry, Head = head with { Version = 2 }, After = head.ChainHash }));
    }
}
