using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Testing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Tests.Support;

/// <summary>A web application on a free port, with a store in memory that can be made to fail, and a client of it.</summary>
internal sealed class WebScene : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebScene(WebApplication app, FaultInjectingLog faults, HttpClient client) => (_app, Faults, Client) = (app, faults, client);

    public FaultInjectingLog Faults { get; }

    public HttpClient Client { get; }

    public AgentStateStore Store => Services.GetRequiredService<AgentStateStore>();

    public IServiceProvider Services => _app.Services;

    public static async Task<WebScene> StartAsync(
        Action<WebApplication> map,
        Action<HandlerOptions>? configure = null,
        Action<IServiceCollection>? services = null,
        InMemoryCommitLog? log = null,
        AgentStateOptions? options = null,
        ILoggerProvider? logs = null)
    {
        var faults = new FaultInjectingLog(log ?? new InMemoryCommitLog());
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        if (logs is not null)
        {
            builder.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
        }

        builder.Services.AddSingleton(new AgentStateStore(faults, options));
        builder.Services.AddAuthentication(HeaderAuthentication.Name).AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>(HeaderAuthentication.Name, null);
        builder.Services.AddAuthorization();
        builder.Services.AddHoldfastHandlers(configure);
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        map(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false };
        return new(app, faults, new(handler) { BaseAddress = new(app.Urls.Single()), Timeout = TimeSpan.FromMinutes(5) });
    }

    /// <summary>Sends a request of a user; null for nobody.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? user = "ann", object? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (user is not null)
        {
            request.Headers.Add("X-User", user);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string? user = "ann", params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, user, null, headers);

    public Task<HttpResponseMessage> GetAsync(string path, string? user = "ann", params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, user, null, headers);

    /// <summary>The status of an answer, and the code of the problem that it is.</summary>
    public static async Task<(int Status, string? Code)> ProblemOf(Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return ((int)response.StatusCode, null);
        }

        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("status").GetInt32().ShouldBe((int)response.StatusCode);
        problem.GetProperty("type").GetString().ShouldEndWith("#" + problem.GetProperty("code").GetString());
        return ((int)response.StatusCode, problem.GetProperty("code").GetString());
    }

    public async Task<long> VersionOf(string thread) => (await Store.Thread(thread).GetInfoAsync())?.Version ?? 0;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
