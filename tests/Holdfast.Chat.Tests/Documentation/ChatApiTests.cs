using System.Diagnostics;
using System.Net;
using System.Text;

namespace Holdfast.Chat.Tests.Documentation;

/// <summary>The sample of the page, as a program of its own.</summary>
public sealed class ChatApiTests : IDisposable
{
    private const string Announcement = "Now listening on: ";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-api-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ItRemembersBetweenTwoRuns_AndKeepsUsersApart()
    {
        await InAsync(async client =>
        {
            (await SayAsync(client, "john", "hello")).ShouldBe((HttpStatusCode.OK, "You said 1 things, first: hello"));
            (await SayAsync(client, "mary", "what did he say?")).Status.ShouldBe(HttpStatusCode.Forbidden);
            (await SayAsync(client, "", "what did he say?")).Status.ShouldBe(HttpStatusCode.Forbidden);
        });
        await InAsync(async client => (await SayAsync(client, "john", "again")).ShouldBe((HttpStatusCode.OK, "You said 2 things, first: hello")));
    }

    private static async Task<(HttpStatusCode Status, string Text)> SayAsync(HttpClient client, string user, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/chats/demo") { Content = new StringContent($$"""{"text":"{{text}}"}""", Encoding.UTF8, "application/json") };
        request.Headers.Add("X-User", user);
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task InAsync(Func<HttpClient, Task> use)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "sample", "ChatApi.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", program, "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = _directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            string? line;
            do
            {
                line = await process.StandardOutput.ReadLineAsync().WaitAsync(Deadline);
            }
            while (line is not null && !line.Contains(Announcement, StringComparison.Ordinal));

            line.ShouldNotBeNull("the program ended");
            using var client = new HttpClient { BaseAddress = new(line[(line.IndexOf(Announcement, StringComparison.Ordinal) + Announcement.Length)..].Trim()), Timeout = Deadline };
            await use(client);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }
}
