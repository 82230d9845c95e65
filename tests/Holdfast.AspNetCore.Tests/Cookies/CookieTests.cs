using System.Net;
using Microsoft.AspNetCore.DataProtection;

namespace Holdfast.AspNetCore.Tests.Cookies;

/// <summary>Threads that a visitor's browser carries the id of.</summary>
public sealed class CookieTests
{
    [Fact]
    public async Task Visitor_KeepsTheThread_AndOthersHaveTheirOwn()
    {
        await using var scene = await StartAsync();
        var cookie = CookieOf(await scene.PostAsync("/visit", user: null));

        (await VisitAsync(scene, cookie)).ShouldBe("2");
        (await VisitAsync(scene, cookie)).ShouldBe("3");
        (await VisitAsync(scene, null)).ShouldBe("1");
        (await TextOf(scene.GetAsync("/visit", null, ("Cookie", cookie)))).ShouldBe("3");
        (await TextOf(scene.GetAsync("/visit", null))).ShouldBe("0");
    }

    [Fact]
    public async Task Cookie_HasTheIdAlone_AndIsKeptFromScriptsAndOtherSites()
    {
        await using var scene = await StartAsync();

        using var answer = await scene.PostAsync("/visit", user: null);

        var header = answer.Headers.GetValues("Set-Cookie").Single();
        header.ShouldStartWith(".Holdfast.Thread=");
        header.ShouldContain("; path=/; samesite=lax; httponly");
        header.ShouldNotContain("secure");
        header.ShouldNotContain("max-age");
        var id = (await scene.Store.ListAsync(cancellationToken: TestContext.Current.CancellationToken).SingleAsync(TestContext.Current.CancellationToken)).Id;
        id.Value.ShouldMatch("^[0-9a-f]{32}$");
        header.ShouldNotContain(id.Value);
        answer.Headers.Vary.ShouldContain("Cookie");
        (await scene.PostAsync("/visit", null, ("Cookie", header.Split(';')[0]))).Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Fact]
    public async Task Cookie_ThatIsToBeKept_IsRenewedWithEachRequest()
    {
        await using var scene = await StartAsync();

        using var first = await scene.PostAsync("/kept", user: null);
        using var second = await scene.PostAsync("/kept", null, ("Cookie", CookieOf(first)));

        second.Headers.GetValues("Set-Cookie").Single().ShouldContain("max-age=2592000");
        (await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("2");
    }

    [Fact]
    public async Task Cookie_ThatWasTamperedWith_BeginsANewThread()
    {
        await using var scene = await StartAsync();
        var cookie = CookieOf(await scene.PostAsync("/visit", user: null));

        (await VisitAsync(scene, cookie[..^3] + (cookie[^3] == 'A' ? "BBB" : "AAA"))).ShouldBe("1");
        (await VisitAsync(scene, ".Holdfast.Thread=demo")).ShouldBe("1");
        (await VisitAsync(scene, ".Holdfast.Thread=%00%ff")).ShouldBe("1");
    }

    [Fact]
    public async Task Cookie_OfSomebodyElse_BeginsANewThread()
    {
        await using var scene = await StartAsync();
        var ofNobody = CookieOf(await scene.PostAsync("/visit", user: null));
        var ofAnn = CookieOf(await scene.PostAsync("/visit", "ann"));

        (await VisitAsync(scene, ofNobody, "ann")).ShouldBe("1");
        (await VisitAsync(scene, ofAnn, "bob")).ShouldBe("1");
        (await VisitAsync(scene, ofAnn)).ShouldBe("1");
        (await VisitAsync(scene, ofAnn, "ann")).ShouldBe("2");
        (await VisitAsync(scene, ofNobody.Replace("Thread", "Kept", StringComparison.Ordinal), null, "/kept")).ShouldBe("1");
    }

    [Theory]
    [InlineData("/visit")]
    [InlineData("/thread")]
    public async Task Cookie_OfAThreadThatWasDeleted_BeginsANewOne(string path)
    {
        await using var scene = await StartAsync();
        var cookie = CookieOf(await scene.PostAsync("/visit", user: null));
        var id = (await scene.Store.ListAsync(cancellationToken: TestContext.Current.CancellationToken).SingleAsync(TestContext.Current.CancellationToken)).Id;
        (await TextOf(scene.PostAsync("/thread", null, ("Cookie", cookie)))).ShouldBe(id.Value);
        await scene.Store.Thread(id).DeleteAsync(TestContext.Current.CancellationToken);

        using var answer = await scene.PostAsync(path, null, ("Cookie", cookie));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotBe(id.Value);
        answer.Headers.Contains("Set-Cookie").ShouldBeTrue();
    }

    [Fact]
    public async Task Reset_GivesTheVisitorANewThread_AndDeletesTheOld()
    {
        await using var scene = await StartAsync();
        var cookie = CookieOf(await scene.PostAsync("/visit", user: null));
        var id = (await scene.Store.ListAsync(cancellationToken: TestContext.Current.CancellationToken).SingleAsync(TestContext.Current.CancellationToken)).Id;

        var fresh = CookieOf(await scene.PostAsync("/reset", null, ("Cookie", cookie)));

        (await VisitAsync(scene, fresh)).ShouldBe("1");
        (await VisitAsync(scene, cookie)).ShouldBe("1");
        (await scene.VersionOf(id.Value)).ShouldBe(0);
    }

    [Fact]
    public async Task Reset_OfAThreadThatTheRouteNames_EmptiesIt_AndDropsWhatTheHandlerChanged()
    {
        await using var scene = await StartAsync();
        await scene.PostAsync("/route/demo");

        (await scene.PostAsync("/route/demo/reset")).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await scene.VersionOf("demo")).ShouldBe(2);
        (await TextOf(scene.PostAsync("/route/demo"))).ShouldBe("1");
    }

    private static string CookieOf(HttpResponseMessage answer)
    {
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return answer.Headers.GetValues("Set-Cookie").Last().Split(';')[0];
    }

    private static Task<string> VisitAsync(WebScene scene, string? cookie, string? user = null, string path = "/visit")
        => TextOf(cookie is null ? scene.PostAsync(path, user) : scene.PostAsync(path, user, ("Cookie", cookie)));

    private static async Task<string> TextOf(Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return text;
    }

    private static Task<WebScene> StartAsync() => WebScene.StartAsync(
        app =>
        {
            app.MapPost("/visit", Visit).WithState(options => options.FromCookie());
            app.MapGet("/visit", (ThreadSession session) => session.Variables.Get("visits", 0)).WithState(options => options.FromCookie());
            app.MapPost("/kept", Visit).WithState(options => options.FromCookie(".Holdfast.Kept", TimeSpan.FromDays(30)));
            app.MapPost("/thread", (ThreadRequest request) => request.Id.Value).WithThread(options => options.FromCookie());
            app.MapPost("/reset", (ThreadRequest request) => request.ResetStateAsync().AsTask()).WithThread(options => options.FromCookie());
            app.MapPost("/route/{thread}", Visit).WithState();
            app.MapPost("/route/{thread}/reset", async (ThreadSession session, ThreadRequest request) =>
            {
                session.Variables.Set("visits", 100);
                await request.ResetStateAsync();
            }).WithState();
        },
        options => options.AllowAnonymous = true,
        services => services.AddDataProtection().UseEphemeralDataProtectionProvider());

    private static int Visit(ThreadSession session)
    {
        var visits = session.Variables.Get("visits", 0) + 1;
        session.Variables.Set("visits", visits);
        return visits;
    }
}
