namespace Holdfast.AspNetCore.Tests.Handlers;

/// <summary>Whose threads a request reaches.</summary>
public sealed class OwnershipTests
{
    private int _runs;

    [Theory]
    [InlineData("/chats/anns", true)]
    [InlineData("/chats/nobodys", true)]
    [InlineData("/turns/anns", false)]
    [InlineData("/turns/nobodys", false)]
    public async Task ThreadOfOthers_IsNotThere_AndItsIdIsTaken_BeforeTheHandlerRuns(string path, bool hasSession)
    {
        await using var scene = await StartAsync();
        await BeginAsync(scene);

        (await WebScene.ProblemOf(scene.GetAsync(path, "bob"))).ShouldBe((404, ErrorCodes.ThreadNotFound));
        (await WebScene.ProblemOf(scene.PostAsync(path, "bob"))).ShouldBe((409, ErrorCodes.CommitConflict));
        (await WebScene.ProblemOf(scene.GetAsync(path + "-not-there", "bob"))).ShouldBe((404, ErrorCodes.ThreadNotFound));

        _runs.ShouldBe(0);
        (await scene.PostAsync(path + "-not-there", "bob")).IsSuccessStatusCode.ShouldBeTrue();
        (await scene.VersionOf(path.Split('/')[2] + "-not-there")).ShouldBe(hasSession ? 1 : 0);
    }

    [Theory]
    [InlineData("/open/anns")]
    [InlineData("/open-turns/anns")]
    public async Task ThreadOfAUser_IsNotThereForNobody(string path)
    {
        await using var scene = await StartAsync();
        await BeginAsync(scene);

        (await WebScene.ProblemOf(scene.GetAsync(path, user: null))).ShouldBe((404, ErrorCodes.ThreadNotFound));
        (await WebScene.ProblemOf(scene.PostAsync(path, user: null))).ShouldBe((409, ErrorCodes.CommitConflict));

        _runs.ShouldBe(0);
    }

    [Fact]
    public async Task ThreadOfNobody_IsThereForNobody()
    {
        await using var scene = await StartAsync();
        await BeginAsync(scene);

        (await scene.PostAsync("/open/nobodys", user: null)).IsSuccessStatusCode.ShouldBeTrue();
        (await scene.GetAsync("/open/nobodys", user: null)).IsSuccessStatusCode.ShouldBeTrue();
        (await scene.PostAsync("/open/new", user: null)).IsSuccessStatusCode.ShouldBeTrue();

        (await scene.Store.Thread("new").GetInfoAsync(TestContext.Current.CancellationToken))!.UserId.ShouldBeNull();
    }

    [Fact]
    public async Task Nobody_IsRefused_UnlessThatIsAllowed()
    {
        await using var scene = await StartAsync();

        (await WebScene.ProblemOf(scene.PostAsync("/chats/new", user: null))).ShouldBe((401, ErrorCodes.AccessDenied));
    }

    [Fact]
    public async Task SomebodyWithoutAnId_IsNeverTakenForNobody()
    {
        await using var scene = await StartAsync();

        (await WebScene.ProblemOf(scene.PostAsync("/open/new", null, ("X-Claims", "name=Ann")))).ShouldBe((403, ErrorCodes.AccessDenied));
        (await scene.PostAsync("/open/new", null, ("X-Claims", "sub=ann"))).IsSuccessStatusCode.ShouldBeTrue();

        (await scene.Store.Thread("new").GetInfoAsync(TestContext.Current.CancellationToken))!.UserId.ShouldBe("ann");
    }

    [Fact]
    public async Task Claims_OfAnIdentityThatIsNotAuthenticated_CountForNothing()
    {
        await using var scene = await WebScene.StartAsync(app =>
        {
            app.Use((context, next) =>
            {
                context.User.AddIdentity(new([new(System.Security.Claims.ClaimTypes.NameIdentifier, "ann")]));
                return next();
            });
            app.MapPost("/chats/{thread}", Run).WithState();
        });

        (await WebScene.ProblemOf(scene.PostAsync("/chats/new", user: null))).ShouldBe((401, ErrorCodes.AccessDenied));
        await scene.PostAsync("/chats/new", "bob");
        (await scene.Store.Thread("new").GetInfoAsync(TestContext.Current.CancellationToken))!.UserId.ShouldBe("bob");
    }

    [Fact]
    public async Task Store_OfARequestWithoutAUser_CannotBeHad()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/open/{thread}", (ThreadRequest request) => Should.Throw<InvalidOperationException>(() => request.Store).Message)
            .WithThread(options => options.AllowAnonymous = true));

        (await scene.PostAsync("/open/new", user: null)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task ThreadThatWasDeleted_IsNotThere()
    {
        await using var scene = await StartAsync();
        await BeginAsync(scene);
        await scene.Store.Thread("anns").DeleteAsync(TestContext.Current.CancellationToken);

        (await WebScene.ProblemOf(scene.GetAsync("/chats/anns"))).ShouldBe((404, ErrorCodes.ThreadNotFound));
        (await WebScene.ProblemOf(scene.PostAsync("/chats/anns"))).ShouldBe((404, ErrorCodes.ThreadNotFound));
    }

    private static async Task BeginAsync(WebScene scene)
    {
        await scene.Store.UpdateAsync("anns", session => session.Variables.Set("x", 1), new OpenOptions { UserId = "ann" }, TestContext.Current.CancellationToken);
        await scene.Store.UpdateAsync("nobodys", session => session.Variables.Set("x", 1), cancellationToken: TestContext.Current.CancellationToken);
    }

    private Task<WebScene> StartAsync() => WebScene.StartAsync(app =>
    {
        app.MapMethods("/chats/{thread}", ["GET", "POST"], Run).WithState(options => options.ReadOnly = false);
        app.MapMethods("/turns/{thread}", ["GET", "POST"], RunTurn).WithThread();
        app.MapMethods("/open/{thread}", ["GET", "POST"], Run).WithState(options => (options.AllowAnonymous, options.ReadOnly) = (true, false));
        app.MapMethods("/open-turns/{thread}", ["GET", "POST"], RunTurn).WithThread(options => options.AllowAnonymous = true);
    });

    private void Run(ThreadSession session) => session.Variables.Set("run", ++_runs);

    private void RunTurn(ThreadHandle thread)
    {
        thread.Id.Value.ShouldNotBeEmpty();
        _runs++;
    }
}
