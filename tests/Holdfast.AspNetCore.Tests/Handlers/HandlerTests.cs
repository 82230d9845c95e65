using System.Net;
using Holdfast.Testing;
using Microsoft.Extensions.AI;

namespace Holdfast.AspNetCore.Tests.Handlers;

/// <summary>What becomes of what a handler changes.</summary>
public sealed class HandlerTests
{
    private int _runs;

    [Fact]
    public async Task Handler_ThatSucceeds_IsOneCommitOfTheUser()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session) => Count(session)).WithState());

        (await Text(scene.PostAsync("/chats/demo"))).ShouldBe("1");
        (await Text(scene.PostAsync("/chats/demo"))).ShouldBe("2");

        var log = await scene.Store.Thread("demo").LogAsync().ToListAsync(TestContext.Current.CancellationToken);
        log.Select(commit => (commit.Version, commit.Reason)).ShouldBe([(2, "POST /chats/{thread}"), (1, "POST /chats/{thread}")]);
        (await scene.Store.Thread("demo").GetInfoAsync(TestContext.Current.CancellationToken))!.UserId.ShouldBe("ann");
    }

    [Fact]
    public async Task Handler_ThatThrows_StoresNothing()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session) =>
        {
            Count(session);
            throw new InvalidOperationException("broken");
        }).WithState());

        (await scene.PostAsync("/chats/demo")).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);

        (await scene.VersionOf("demo")).ShouldBe(0);
    }

    [Theory]
    [InlineData("bad", 400)]
    [InlineData("union", 404)]
    [InlineData("problem", 422)]
    [InlineData("forbid", 403)]
    [InlineData("set", 418)]
    [InlineData("redirect", 302)]
    [InlineData("none", 204)]
    public async Task Answer_WithAStatusOf400OrMore_StoresNothing(string kind, int status)
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session, HttpContext context) =>
        {
            Count(session);
            return kind switch
            {
                "bad" => Results.BadRequest(),
                "union" => new Union(TypedResults.NotFound()),
                "problem" => Results.Problem(statusCode: 422),
                "forbid" => Results.Forbid(),
                "redirect" => Results.Redirect("/elsewhere"),
                "none" => Results.NoContent(),
                _ => Set(context),
            };
        }).WithState());

        ((int)(await scene.PostAsync("/chats/demo")).StatusCode).ShouldBe(status);

        (await scene.VersionOf("demo")).ShouldBe(status < 400 ? 1 : 0);

        static IResult Set(HttpContext context)
        {
            context.Response.StatusCode = 418;
            return Results.Empty;
        }
    }

    [Fact]
    public async Task Body_ThatCannotBeBound_StoresNothing()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session, int count) => Count(session)).WithState());

        (await scene.PostAsync("/chats/demo?count=x")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        _runs.ShouldBe(0);
        (await scene.VersionOf("demo")).ShouldBe(0);
    }

    [Fact]
    public async Task Thread_ThatOthersChangeMeanwhile_IsAConflict_AndTheHandlerRunsOnce()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", async (ThreadSession session, ThreadRequest request) =>
        {
            await request.Store.UpdateAsync(request.Id, other => other.Variables.Set("other", 1));
            return Count(session);
        }).WithState());

        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo"))).ShouldBe((409, ErrorCodes.CommitConflict));

        _runs.ShouldBe(1);
        (await scene.VersionOf("demo")).ShouldBe(1);
    }

    [Fact]
    public async Task Thread_ThatOthersChangeElsewhere_IsMergedWhereThatIsWanted()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", async (ThreadSession session, ThreadRequest request) =>
        {
            await request.Store.UpdateAsync(request.Id, other => other.Variables.Set("other", 1));
            return Count(session);
        }).WithState(options => options.Open = new() { RebaseOnConflict = true }));

        (await Text(scene.PostAsync("/chats/demo"))).ShouldBe("1");

        _runs.ShouldBe(1);
        (await scene.VersionOf("demo")).ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ManyAtOnce_AreEachStored_OrToldThatTheyAreNot(bool merges)
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session, string text) => session.History.Add(new(ChatRole.User, text)))
            .WithState(options => options.Open = new() { RebaseOnConflict = merges }));

        var statuses = await Task.WhenAll(Enumerable.Range(0, 30).Select(async i => (await scene.PostAsync($"/chats/demo?text={i}")).StatusCode));

        var stored = statuses.Count(status => status == HttpStatusCode.OK);
        statuses.Count(status => status == HttpStatusCode.Conflict).ShouldBe(30 - stored);
        stored.ShouldBeInRange(merges ? 30 : 1, 30);
        var state = await scene.Store.LoadAsync("demo", cancellationToken: TestContext.Current.CancellationToken);
        (state!.Version, state.Messages.Select(message => message.Text).Distinct().Count()).ShouldBe((stored, stored));
    }

    [Fact]
    public async Task Commit_OfWhichTheAnswerIsLost_IsStoredOnce_AndTheHandlerRunsOnce()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session) => Count(session)).WithState());
        scene.Faults.Next(LogCall.Append).FailsAfter();

        (await Text(scene.PostAsync("/chats/demo"))).ShouldBe("1");

        _runs.ShouldBe(1);
        (await scene.VersionOf("demo")).ShouldBe(1);
    }

    [Fact]
    public async Task Store_ThatDoesNotAnswer_Is503()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session) => Count(session)).WithState());
        scene.Faults.Every(LogCall.Append).FailsBefore();

        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo"))).ShouldBe((503, ErrorCodes.StoreUnavailable));

        _runs.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_ComesBeforeTheAnswerIsWritten()
    {
        var seen = -1L;
        WebScene? running = null;
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session) =>
        {
            Count(session);
            return new Written(async _ => seen = await running!.VersionOf("demo"));
        }).WithState());
        running = scene;

        (await scene.PostAsync("/chats/demo")).StatusCode.ShouldBe(HttpStatusCode.OK);

        seen.ShouldBe(1);
    }

    [Fact]
    public async Task Answer_ThatFailsWhileItIsWritten_DoesNotUndoTheCommit()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session) =>
        {
            Count(session);
            return new Written(_ => throw new InvalidOperationException("broken"));
        }).WithState());

        (await scene.PostAsync("/chats/demo")).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);

        (await scene.VersionOf("demo")).ShouldBe(1);
    }

    [Fact]
    public async Task Stream_ThatChangesTheThreadWhileItIsWritten_IsCommittedAtItsEnd()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session) => Stream(session)).WithState());

        (await Text(scene.PostAsync("/chats/demo"))).ShouldBe("[1,2]");

        var state = await scene.Store.LoadAsync("demo", cancellationToken: TestContext.Current.CancellationToken);
        state!.Variables["count"].GetInt32().ShouldBe(2);

        async IAsyncEnumerable<int> Stream(ThreadSession session)
        {
            yield return Count(session);
            await Task.Yield();
            yield return Count(session);
        }
    }

    [Fact]
    public async Task Stream_ThatFails_DropsWhatItChanged()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session) => Stream(session)).WithState());

        await Should.ThrowAsync<Exception>(() => Text(scene.PostAsync("/chats/demo")));

        (await scene.VersionOf("demo")).ShouldBe(0);

        async IAsyncEnumerable<int> Stream(ThreadSession session)
        {
            yield return Count(session);
            await Task.Yield();
            throw new InvalidOperationException("broken");
        }
    }

    [Fact]
    public async Task Handler_ThatWritesItsAnswerItself_IsCommitted()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (RequestDelegate)(async context =>
        {
            Count(context.RequestServices.GetRequiredService<ThreadSession>());
            await context.Response.WriteAsync("done");
        })).WithState());

        (await Text(scene.PostAsync("/chats/demo"))).ShouldBe("done");

        (await scene.VersionOf("demo")).ShouldBe(1);
    }

    [Fact]
    public async Task Read_ThatChangesTheThread_HasFailed()
    {
        await using var scene = await WebScene.StartAsync(app =>
        {
            app.MapPost("/chats/{thread}", (ThreadSession session) => Count(session)).WithState();
            app.MapGet("/chats/{thread}", (ThreadSession session) => Count(session)).WithState();
            app.MapGet("/counted/{thread}", (ThreadSession session) => Count(session)).WithState(options => options.ReadOnly = false);
        });
        await scene.PostAsync("/chats/demo");

        (await scene.GetAsync("/chats/demo")).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await scene.VersionOf("demo")).ShouldBe(1);
        (await Text(scene.GetAsync("/counted/demo"))).ShouldBe("2");
        (await scene.VersionOf("demo")).ShouldBe(2);
    }

    [Fact]
    public async Task Filters_OfTheEndpoint_RunBeforeTheCommit()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/chats/{thread}", (ThreadSession session) => Count(session))
            .WithState()
            .AddEndpointFilter(async (invocation, next) =>
            {
                await next(invocation);
                return Results.Conflict();
            }));

        (await scene.PostAsync("/chats/demo")).StatusCode.ShouldBe(HttpStatusCode.Conflict);

        (_runs, await scene.VersionOf("demo")).ShouldBe((1, 0L));
    }

    private static async Task<string> Text(Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private int Count(ThreadSession session)
    {
        _runs++;
        var count = session.Variables.Get("count", 0) + 1;
        session.Variables.Set("count", count);
        return count;
    }

    private sealed class Union(IResult inner) : IResult, INestedHttpResult
    {
        public IResult Result => inner;

        public Task ExecuteAsync(HttpContext httpContext) => inner.ExecuteAsync(httpContext);
    }

    private sealed class Written(Func<HttpContext, Task> write) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => write(httpContext);
    }
}
