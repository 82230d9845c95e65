using System.Reflection;
using System.Text.Json;
using Holdfast.Logs;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Tests.Problems;

/// <summary>Errors of the store as problems by RFC 9457.</summary>
public sealed class ProblemTests
{
    public static TheoryData<string> Codes => [.. typeof(ErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(code => (string)code.GetRawConstantValue()!)];

    [Fact]
    public void EveryCode_HasAProblem() => ProblemCatalog.Codes.Order(StringComparer.Ordinal).ShouldBe(Codes.Select(row => row.Data).Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Codes))]
    public void EveryProblem_IsAsDocumented(string code)
    {
        var status = ProblemCatalog.Of(code).Status;

        File.ReadAllLines(Documentation).ShouldContain(line => line.StartsWith($"| {status} |", StringComparison.Ordinal) && line.Contains($"`{code}`"), $"{code} → {status}");
    }

    [Fact]
    public async Task Error_OfAnEndpointThatUsesTheStoreByHand_IsAProblem()
    {
        await using var scene = await StartAsync(() => throw new ThreadAccessDeniedException(ThreadKey.Of("secret-id")));

        using var response = await scene.GetAsync("/by-hand");

        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        text.ShouldNotContain("secret-id");
        var problem = JsonDocument.Parse(text).RootElement;
        (problem.GetProperty("status").GetInt32(), problem.GetProperty("code").GetString(), problem.GetProperty("title").GetString()).ShouldBe((403, "access-denied", "Access denied"));
    }

    [Fact]
    public async Task Error_OfTheBackend_TellsNoneOfItsWords_AndIsLogged()
    {
        var logs = new RecordingLogs();
        await using var scene = await StartAsync(() => throw new StoreUnavailableException("password=swordfish", outcomeUnknown: true), logs);

        using var response = await scene.GetAsync("/by-hand");

        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        text.ShouldNotContain("swordfish");
        JsonDocument.Parse(text).RootElement.GetProperty("outcomeUnknown").GetBoolean().ShouldBeTrue();
        logs.Events.ShouldContain((600, LogLevel.Error));
    }

    [Fact]
    public async Task Error_OfSomethingElse_IsLeftToTheApplication()
    {
        await using var scene = await StartAsync(() => throw new InvalidOperationException("other"));

        using var response = await scene.GetAsync("/by-hand");

        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain("code");
        ((int)response.StatusCode).ShouldBe(500);
    }

    [Fact]
    public async Task Caller_WhoAcceptsNoProblem_GetsTheStatus()
    {
        await using var scene = await StartAsync(() => throw new ThreadNotFoundException(ThreadKey.Of("x")));

        using var response = await scene.GetAsync("/by-hand", "ann", ("Accept", "image/png"));

        ((int)response.StatusCode).ShouldBe(404);
    }

    private static string Documentation => Path.Combine(Repository(), "docs", "aspnetcore.md");

    private static string Repository([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../.."));

    private static Task<WebScene> StartAsync(Func<string> handler, ILoggerProvider? logs = null) => WebScene.StartAsync(
        app =>
        {
            app.UseExceptionHandler();
            app.MapGet("/by-hand", handler);
        },
        logs: logs);
}
