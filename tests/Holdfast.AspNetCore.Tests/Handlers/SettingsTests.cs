using System.Net;
using Holdfast.Testing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationParts;

namespace Holdfast.AspNetCore.Tests.Handlers;

/// <summary>Where a handler's thread comes from, and what can be set for one handler.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task Thread_ComesFromWhereItIsSaid()
    {
        await using var scene = await WebScene.StartAsync(app =>
        {
            app.MapPost("/route/{id:int}", Touch).WithState(options => options.FromRoute("id"));
            app.MapPost("/header", Touch).WithState(options => options.FromHeader("X-Thread"));
            app.MapPost("/claim", Touch).WithState(options => options.FromClaim("workspace"));
            app.MapPost("/function", Touch).WithState(options => options.From(context => context.Request.Query["t"]));
            app.MapPost("/prefix/{**thread}", Touch).WithState(options => options.IdPrefix = "web/");
        });

        (await TextOf(scene.PostAsync("/route/7"))).ShouldBe("7");
        (await TextOf(scene.PostAsync("/header", "ann", ("X-Thread", "of header")))).ShouldBe("of header");
        (await TextOf(scene.PostAsync("/claim", "ann", ("X-Claims", "workspace=of claim")))).ShouldBe("of claim");
        (await TextOf(scene.PostAsync("/function?t=of%20function"))).ShouldBe("of function");
        (await TextOf(scene.PostAsync("/prefix/a/b"))).ShouldBe("web/a/b");

        (await WebScene.ProblemOf(scene.PostAsync("/header"))).ShouldBe((400, ErrorCodes.InvalidIdentifier));
        (await WebScene.ProblemOf(scene.PostAsync("/claim"))).ShouldBe((400, ErrorCodes.InvalidIdentifier));
        (await WebScene.ProblemOf(scene.PostAsync("/function"))).ShouldBe((400, ErrorCodes.InvalidIdentifier));
        (await WebScene.ProblemOf(scene.PostAsync("/function?t=%07"))).ShouldBe((400, ErrorCodes.InvalidIdentifier));
        (await WebScene.ProblemOf(scene.PostAsync("/function?t=" + new string('x', 513)))).ShouldBe((400, ErrorCodes.InvalidIdentifier));
    }

    [Fact]
    public async Task StoreAndTenant_AreThoseOfTheHandler()
    {
        await using var archive = new AgentStateStore(new InMemoryCommitLog());
        await using var scene = await WebScene.StartAsync(
            app =>
            {
                app.MapPost("/archive/{thread}", Touch).WithState(options => options.StoreName = "archive");
                app.MapPost("/tenant/{thread}", Touch).WithState(options => options.TenantOf = context => context.Request.Headers["X-Tenant"]);
            },
            services: services => services.AddKeyedSingleton("archive", archive));

        await TextOf(scene.PostAsync("/archive/demo"));
        await TextOf(scene.PostAsync("/tenant/demo", "ann", ("X-Tenant", "acme")));

        (await archive.Thread("demo").GetInfoAsync(TestContext.Current.CancellationToken)).ShouldNotBeNull();
        (await scene.VersionOf("demo")).ShouldBe(0);
        (await scene.Store.ForTenant("acme").Thread("demo").GetInfoAsync(TestContext.Current.CancellationToken)).ShouldNotBeNull();
        (await WebScene.ProblemOf(scene.PostAsync("/tenant/demo"))).ShouldBe((403, ErrorCodes.AccessDenied));
    }

    [Fact]
    public async Task Expiry_IsThatOfTheHandler()
    {
        var clock = new FakeTimeProvider(new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero));
        await using var scene = await WebScene.StartAsync(
            app =>
            {
                app.MapPost("/short/{thread}", Touch).WithState(options => options.Open = new() { Expiry = ExpiryPolicy.After(TimeSpan.FromHours(1)) });
                app.MapPost("/long/{thread}", Touch).WithState();
                app.MapGet("/long/{thread}", (ThreadSession session) => session.Version).WithState();
            },
            options: new() { TimeProvider = clock, Expiry = ExpiryPolicy.After(TimeSpan.FromDays(7)) });

        await TextOf(scene.PostAsync("/short/short"));
        await TextOf(scene.PostAsync("/long/long"));

        (await scene.Store.Thread("short").GetInfoAsync(TestContext.Current.CancellationToken))!.ExpiresAt.ShouldBe(clock.GetUtcNow().AddHours(1));
        (await scene.Store.Thread("long").GetInfoAsync(TestContext.Current.CancellationToken))!.ExpiresAt.ShouldBe(clock.GetUtcNow().AddDays(7));
        clock.Advance(TimeSpan.FromHours(2));
        (await WebScene.ProblemOf(scene.GetAsync("/long/short"))).ShouldBe((410, ErrorCodes.ThreadExpired));
    }

    [Fact]
    public async Task Read_OfAThreadThatIsNotThere_MayBeginOne()
    {
        await using var scene = await WebScene.StartAsync(app =>
        {
            app.MapGet("/chats/{thread}", (ThreadSession session) => session.Version).WithState(options => options.MustExist = false);
            app.MapPost("/chats/{thread}", Touch).WithState(options => options.MustExist = true);
        });

        (await TextOf(scene.GetAsync("/chats/demo"))).ShouldBe("0");
        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo"))).ShouldBe((404, ErrorCodes.ThreadNotFound));
    }

    [Fact]
    public async Task Endpoint_ChangesTheSettingsOfItsGroup_AndThoseOfTheApplication()
    {
        await using var scene = await WebScene.StartAsync(
            app =>
            {
                var group = app.MapGroup("/chats").WithState(options => options.IdPrefix += "group/");
                group.MapPost("/{thread}", Touch);
                group.MapPost("/{thread}/special", Touch).WithState(options => options.IdPrefix += "special/");
            },
            options => options.IdPrefix = "app/");

        (await TextOf(scene.PostAsync("/chats/demo"))).ShouldBe("app/group/demo");
        (await TextOf(scene.PostAsync("/chats/demo/special"))).ShouldBe("app/group/special/demo");
        (await scene.VersionOf("app/group/special/demo")).ShouldBe(1);
    }

    [Fact]
    public async Task Controller_TakesASession()
    {
        await using var scene = await WebScene.StartAsync(
            app => app.MapControllers().WithState(),
            services: services => services.AddControllers().ConfigureApplicationPartManager(parts =>
            {
                parts.ApplicationParts.Clear();
                parts.ApplicationParts.Add(new AssemblyPart(typeof(SettingsTests).Assembly));
            }));

        (await TextOf(scene.PostAsync("/controller/demo"))).ShouldBe("demo");
        (await scene.VersionOf("demo")).ShouldBe(1);
        (await scene.PostAsync("/controller/demo/refused")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await scene.VersionOf("demo")).ShouldBe(1);
    }

    [Fact]
    public async Task Mistakes_AreToldWhenTheEndpointIsMade()
    {
        (await Failing("/chats", options => { })).ShouldContain("no value 'thread'");
        (await Failing("/chats/{thread}", options => options.IdPrefix = "\n")).ShouldContain("HandlerOptions.IdPrefix must be what an id can begin with");
        (await Failing("/chats/{thread}", options => options.Open = new() { UserId = "ann" })).ShouldContain("HandlerOptions.Open can have neither");

        static async Task<string> Failing(string pattern, Action<HandlerOptions> configure)
            => (await Should.ThrowAsync<Exception>(() => WebScene.StartAsync(app => app.MapPost(pattern, () => "").WithState(configure)))).Message;
    }

    [Fact]
    public async Task Application_WithoutTheServices_IsToldWhichOnes()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.MapPost("/chats/{thread}", () => "").WithState();

        Should.Throw<InvalidOperationException>(() => ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)app).DataSources.Single().Endpoints).Message.ShouldContain("AddHoldfastHandlers()");
    }

    [Fact]
    public async Task Handler_WithoutAThread_IsToldWhatIsMissing()
    {
        await using var scene = await WebScene.StartAsync(app =>
        {
            app.MapPost("/plain", (HttpContext context) => Should.Throw<InvalidOperationException>(() => context.RequestServices.GetRequiredService<ThreadSession>()).Message);
            app.MapPost("/thread/{thread}", (HttpContext context) => Should.Throw<InvalidOperationException>(() => context.RequestServices.GetRequiredService<ThreadSession>()).Message).WithThread();
        });

        (await TextOf(scene.PostAsync("/plain"))).ShouldContain(".WithState()");
        (await TextOf(scene.PostAsync("/thread/demo"))).ShouldContain(".WithThread(), which opens none");
    }

    private static string Touch(ThreadSession session)
    {
        session.Variables.Set("touched", session.Variables.Get("touched", 0) + 1);
        return session.Id.Value;
    }

    private static async Task<string> TextOf(Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return text;
    }
}

[ApiController]
public sealed class DemoController : ControllerBase
{
    [HttpPost("/controller/{thread}")]
    public string Touch([FromServices] ThreadSession session)
    {
        session.Variables.Set("touched", true);
        return session.Id.Value;
    }

    [HttpPost("/controller/{thread}/refused")]
    public IActionResult Refuse([FromServices] ThreadSession session)
    {
        session.Variables.Set("touched", false);
        return Conflict();
    }
}
