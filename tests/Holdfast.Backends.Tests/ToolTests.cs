using Holdfast.Servers;

namespace Holdfast.Backends.Tests;

/// <summary>The tool opens every backend by its URL.</summary>
public sealed class ToolTests
{
    public static TheoryData<Backend> Backends => [.. Enum.GetValues<Backend>().Except([Backend.Memory]).Select(backend => new TheoryDataRow<Backend>(backend))];

    [Theory, MemberData(nameof(Backends))]
    public async Task Chat_InTwoProcesses_Remembers(Backend backend)
    {
        var url = await Servers.NewUrlAsync(backend);

        (await ToolProcess.RunAsync("my name is Ann\n", "chat", "--store", url)).ShouldBe((0, "Nice to meet you, Ann.\n", ""));

        (await ToolProcess.RunAsync("what's my name?\n", "chat", "--store", url)).ShouldBe((0, "Your name is Ann.\n", ""));
        (await ToolProcess.RunAsync("", "verify", "--store", url)).ExitCode.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Backends))]
    public async Task Doctor_IsContent(Backend backend)
    {
        var url = await Servers.NewUrlAsync(backend);
        if (backend is Backend.Files or Backend.Sqlite)
        {
            // Only of those it is known, before anything is written, that there is no store yet.
            (await ToolProcess.RunAsync("", "doctor", "--store", url)).Output.ShouldStartWith("warning store ");
        }

        var (exitCode, output, error) = await ToolProcess.RunAsync("", "doctor", "--store", url);

        exitCode.ShouldBe(0, output + error);
        output.ShouldEndWith("The store is healthy.\n");
        output.ShouldNotContain("warning", Case.Insensitive);
        NoSecrets(url, output + error);
    }

    [Fact]
    public async Task Doctor_OfARedisThatForgets_Warns()
    {
        await using var server = await RedisServer.StartAsync("--appendonly", "no", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru");

        var (exitCode, output, error) = await ToolProcess.RunAsync("", "doctor", "--store", $"redis://{server.Address}");

        exitCode.ShouldBe(0, output + error);
        output.ShouldContain("warning advice       redis-append-only: ");
        output.ShouldContain("warning advice       redis-eviction: ");
        output.ShouldContain("appendonly");
        output.ShouldContain("allkeys-lru");
    }

    [Theory]
    [InlineData("redis://:geheim@127.0.0.1:1")]
    [InlineData("postgres://ann:geheim@127.0.0.1:1/agents")]
    [InlineData("dynamodb://us-east-1/agents?endpoint=http://127.0.0.1:1")]
    public async Task Doctor_OfAServerThatIsNotThere_SaysSoWithoutSecrets(string url)
    {
        var (exitCode, output, error) = await ToolProcess.RunAsync("", "doctor", "--store", url);

        exitCode.ShouldBe(1);
        output.ShouldContain("FAILED  reachable");
        (output + error).ShouldNotContain("geheim");
        (output + error).ShouldNotContain("local-secret");
    }

    [Fact]
    public async Task Copy_FromOneServerToTheOther_MovesTheConversation()
    {
        var (from, to) = (await Servers.NewUrlAsync(Backend.Postgres), await Servers.NewUrlAsync(Backend.RedisCluster));
        await ToolProcess.RunAsync("my name is Ann\n", "chat", "--store", from);

        var (exitCode, output, error) = await ToolProcess.RunAsync("", "copy", "--from", from, "--to", to);

        exitCode.ShouldBe(0, output + error);
        output.ShouldStartWith("Copied 1 thread (");
        (await ToolProcess.RunAsync("what's my name?\n", "chat", "--store", to)).Output.ShouldBe("Your name is Ann.\n");
    }

    private static void NoSecrets(string url, string text)
    {
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.UserInfo.Split(':') is [_, { Length: > 0 } password])
        {
            text.ShouldNotContain(password);
            text.ShouldNotContain(Uri.UnescapeDataString(password));
        }

        text.ShouldNotContain("local-secret");
    }
}
