using System.Diagnostics;
using System.Globalization;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>Several processes on one table.</summary>
public sealed class ProcessTests
{
    private const int Processes = 4;
    private const int CommitsOfEach = 100;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task FourProcessesWithAHundredCommitsEach_OnOneThread_GiveFourHundred()
    {
        var url = (await SharedServer.GetAsync()).Url;
        var thread = "shared-" + Guid.NewGuid().ToString("N");
        var store = $"dynamodb://us-east-1/{SharedServer.Table}?endpoint={Uri.EscapeDataString(url)}&create=true";

        var outputs = await Task.WhenAll(Enumerable.Range(0, Processes).Select(_ => RunWorkerAsync(store, "append", thread, CommitsOfEach.ToString(CultureInfo.InvariantCulture))));

        var acknowledged = outputs.SelectMany(output => output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => line.Trim().Split(' '))
            .Select(words => new AcknowledgedCommit(ThreadKey.Of(words[1]), long.Parse(words[2], CultureInfo.InvariantCulture), CommitId.Parse(words[3])))
            .ToList();
        await using var log = await SharedServer.OpenAsync();
        var report = await HistoryChecker.CheckAsync(log, acknowledged);
        (report.Threads, report.Acknowledged, report.Unacknowledged).ShouldBe((1, Processes * CommitsOfEach, 0));
    }

    private static async Task<string> RunWorkerAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "Holdfast.Worker.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // Credentials are no part of a store's URL; these are for the server of the tests only.
            Environment = { ["AWS_ACCESS_KEY_ID"] = "local", ["AWS_SECRET_ACCESS_KEY"] = "local", ["AWS_EC2_METADATA_DISABLED"] = "true" },
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(Deadline);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        process.ExitCode.ShouldBe(0, await errors);
        return await output;
    }
}
