using System.Net;

namespace Holdfast.AspNetCore.Tests.Handlers;

/// <summary>ETags, and the conditions that requests make of them.</summary>
public sealed class ConditionTests
{
    private int _runs;

    [Fact]
    public async Task Answer_HasThePositionOfTheThread()
    {
        await using var scene = await StartAsync();

        var written = await scene.PostAsync("/chats/demo");
        var read = await scene.GetAsync("/chats/demo");

        var position = (await scene.Store.Thread("demo").GetInfoAsync(TestContext.Current.CancellationToken))!.Position;
        written.Headers.ETag!.ToString().ShouldBe($"\"{position}\"");
        read.Headers.ETag.ShouldBe(written.Headers.ETag);
        (read.Headers.CacheControl!.Private, read.Headers.CacheControl.NoCache).ShouldBe((true, true));
        (await scene.GetAsync("/turns/demo")).Headers.ETag.ShouldBe(written.Headers.ETag);
        (await scene.GetAsync("/untagged/demo")).Headers.ETag.ShouldBeNull();
    }

    [Theory]
    [InlineData("/chats/demo")]
    [InlineData("/turns/demo")]
    public async Task Read_OfAThreadThatHasNotChanged_Is304_AndTheHandlerDoesNotRun(string path)
    {
        await using var scene = await StartAsync();
        var tag = (await scene.PostAsync("/chats/demo")).Headers.ETag!.ToString();
        _runs = 0;

        var unchanged = await scene.GetAsync(path, "ann", ("If-None-Match", $"\"other\", W/{tag}"));
        (unchanged.StatusCode, unchanged.Headers.ETag!.ToString(), _runs).ShouldBe((HttpStatusCode.NotModified, tag, 0));
        (await scene.GetAsync("/untagged/demo", "ann", ("If-None-Match", tag))).StatusCode.ShouldBe(HttpStatusCode.OK);

        await scene.PostAsync("/chats/demo");
        (await scene.GetAsync(path, "ann", ("If-None-Match", tag))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Read_OfAThreadOfOthers_IsNever304()
    {
        await using var scene = await StartAsync();
        var tag = (await scene.PostAsync("/chats/demo")).Headers.ETag!.ToString();

        (await WebScene.ProblemOf(scene.GetAsync("/chats/demo", "bob", ("If-None-Match", tag)))).ShouldBe((404, ErrorCodes.ThreadNotFound));
        (await WebScene.ProblemOf(scene.GetAsync("/chats/demo", "bob", ("If-None-Match", "*")))).ShouldBe((404, ErrorCodes.ThreadNotFound));
    }

    [Fact]
    public async Task Change_OfAThreadThatIsNotAsExpected_Is412()
    {
        await using var scene = await StartAsync();
        var tag = (await scene.PostAsync("/chats/demo")).Headers.ETag!.ToString();
        _runs = 10;

        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo", "ann", ("If-Match", "\"1-00000000000000000000000000000000-0000000000000000\"")))).ShouldBe((412, ErrorCodes.CommitConflict));
        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo", "ann", ("If-Match", "W/" + tag)))).ShouldBe((412, ErrorCodes.CommitConflict));
        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo", "ann", ("If-Match", "not a tag")))).ShouldBe((412, ErrorCodes.CommitConflict));
        (await WebScene.ProblemOf(scene.PostAsync("/chats/new", "ann", ("If-Match", "*")))).ShouldBe((412, ErrorCodes.CommitConflict));
        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo", "ann", ("If-None-Match", "*")))).ShouldBe((412, ErrorCodes.CommitConflict));
        (_runs, await scene.VersionOf("demo")).ShouldBe((10, 1L));

        (await scene.PostAsync("/chats/demo", "ann", ("If-Match", tag))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await scene.PostAsync("/chats/new", "ann", ("If-None-Match", "*"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await WebScene.ProblemOf(scene.PostAsync("/turns/demo", "ann", ("If-Match", tag)))).ShouldBe((412, ErrorCodes.CommitConflict));
    }

    [Fact]
    public async Task Change_OfAThreadThatOthersChangeMeanwhile_Is412_EvenWhereChangesAreMerged()
    {
        await using var scene = await StartAsync();
        var tag = (await scene.PostAsync("/chats/demo")).Headers.ETag!.ToString();

        (await WebScene.ProblemOf(scene.PostAsync("/merged/demo", "ann", ("If-Match", tag)))).ShouldBe((412, ErrorCodes.CommitConflict));
        (await scene.PostAsync("/merged/demo")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private Task<WebScene> StartAsync() => WebScene.StartAsync(app =>
    {
        app.MapPost("/chats/{thread}", (ThreadSession session) => session.Variables.Set("run", ++_runs)).WithState();
        app.MapGet("/chats/{thread}", (ThreadSession session) => ++_runs).WithState();
        app.MapMethods("/turns/{thread}", ["GET", "POST"], (ThreadHandle thread) => ++_runs).WithThread();
        app.MapGet("/untagged/{thread}", (ThreadSession session) => ++_runs).WithState(options => options.UseETags = false);
        app.MapPost("/merged/{thread}", async (ThreadSession session, ThreadRequest request) =>
        {
            await request.Store.UpdateAsync(request.Id, other => other.Variables.Set("other", ++_runs));
            session.Variables.Set("run", ++_runs);
        }).WithState(options => options.Open = new() { RebaseOnConflict = true });
    });
}
