using System.Text.Json;
using Holdfast.Worker;
using Microsoft.Extensions.AI;

namespace Holdfast.Backends.Tests;

/// <summary>A process that watches what another one commits.</summary>
public sealed class WatchTests
{
    private const int Writers = 2;
    private const int Each = 6;

    [Theory]
    [InlineData(Backend.Files)]
    [InlineData(Backend.Sqlite)]
    [InlineData(Backend.Postgres)]
    [InlineData(Backend.Redis)]
    [InlineData(Backend.RedisCluster)]
    [InlineData(Backend.DynamoDb)]
    public async Task Watch_InOtherProcesses_OneAfterTheOther_IsToldEachCommitOnce(Backend backend)
    {
        var url = await Servers.NewUrlAsync(backend);
        await using var store = new AgentStateStore(TurnHost.Open(url));
        await SayAsync(store, "first");
        var watching = WatchAsync(url, "beginning");
        var writing = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                await SayAsync(store, $"{writer}.{i}");
            }
        })).ToList();

        var first = await watching;
        var second = await WatchAsync(url, first[^1].Position);
        await Task.WhenAll(writing);

        first.Concat(second).Select(told => told.Version).ShouldBe(Enumerable.Range(1, 2 * Each).Select(version => (long)version));
    }

    // A process that ends after some events, as one that is stopped would; what it told last says where the next one goes on.
    private static async Task<List<(long Version, string Position)>> WatchAsync(string url, string from)
    {
        var (exitCode, output, error) = await ToolProcess.RunAsync("", "watch", "watched", "--store", url, "--json", "--from", from, "--limit", $"{Each}");
        exitCode.ShouldBe(0, error);
        return [.. output.TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line)).Select(told => (told.GetProperty("version").GetInt64(), told.GetProperty("position").GetString()!))];
    }

    private static async Task SayAsync(AgentStateStore store, string text) => await store.UpdateAsync("watched", session => session.History.Add(ChatRole.User, text));
}
