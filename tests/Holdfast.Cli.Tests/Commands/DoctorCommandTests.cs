using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Cli.Tests.Commands;

public sealed class DoctorCommandTests : IAsyncDisposable
{
    private static readonly string[] Checks = ["versions", "reachable", "durability", "capabilities", "write", "read", "conflict", "list", "verify", "unfinished", "erase"];

    private readonly Tool _tool = new();
    private readonly TemporaryDirectory _directory = new();

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return _tool.DisposeAsync();
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("file")]
    public async Task Doctor_ADurableStore_IsHealthyAndLeavesNothingBehind(string scheme)
    {
        var store = $"{scheme}:{_directory["store"]}";
        var first = await _tool.RunAsync("doctor", "--store", store);
        first.ShouldExitWith(0).Lines[0].ShouldStartWith("warning store ");
        first.Lines[0].ShouldContain("yet. If there should be one, check --store");

        var result = await _tool.RunAsync("doctor", "--store", store);

        result.ShouldExitWith(0).Lines.SkipLast(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])
            .ShouldBe(Checks.SelectMany(check => check != "durability" ? (string[])[check] : scheme == "sqlite" ? [check, "advice", "settings"] : [check, "advice"]));
        result.Lines.SkipLast(1).ShouldAllBe(line => line.StartsWith("ok "));
        result.Lines[^1].ShouldBe("The store is healthy.");
        result.Output.ShouldContain(".NET 10.");
        result.Output.Contains("SQLite 3.", StringComparison.Ordinal).ShouldBe(scheme == "sqlite");
        (await _tool.RunAsync("threads", "--store", store)).Output.ShouldBe("No threads.\n");
    }

    [Fact]
    public async Task Doctor_Memory_WarnsThatNothingStays()
    {
        var result = await _tool.RunAsync("doctor", "--json");

        var json = result.ShouldExitWith(0).Json;
        json.EnumerateObject().Select(member => member.Name).ShouldBe(["store", "isHealthy", "version", "runtime", "engine", "capabilities", "checks"]);
        json.GetProperty("isHealthy").GetBoolean().ShouldBeTrue();
        json.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()).ShouldBe(Checks);
        VerdictOf(json, "durability").ShouldBe("warning");
        VerdictOf(json, "write").ShouldBe("ok");
    }

    [Fact]
    public async Task Doctor_AStoreThatCannotBeReached_FailsAndSkipsTheRest()
    {
        var result = await _tool.RunAsync("doctor", "--json", "--store", $"sqlite:{_directory["no/such/directory/x.db"]}");

        var json = result.ShouldExitWith(1).Json;
        json.GetProperty("isHealthy").GetBoolean().ShouldBeFalse();
        VerdictOf(json, "reachable").ShouldBe("failed");
        VerdictOf(json, "write").ShouldBe("skipped");
        VerdictOf(json, "erase").ShouldBe("skipped");
    }

    [Fact]
    public async Task Doctor_AStoreThatForgets_FailsAtReading()
    {
        _tool.Log = new ForgetfulLog();

        var result = await _tool.RunAsync("doctor");

        result.ShouldExitWith(1).Output.ShouldContain("FAILED  read");
        result.Lines[^1].ShouldBe("The store is not healthy.");
    }

    private static string? VerdictOf(JsonElement json, string check)
        => json.GetProperty("checks").EnumerateArray().Single(item => item.GetProperty("name").GetString() == check).GetProperty("verdict").GetString();

    [Fact]
    public async Task Doctor_ACopyThatWasCutOff_IsNamed()
    {
        await _tool.Store.UpdateAsync("t", session => session.Variables.Set("x", 1));
        await _tool.Store.CommitLog.UpdateHeadAsync(new() { Key = ThreadKey.Of("t"), Properties = new Dictionary<string, string?> { [HeadProperties.Incomplete] = "copy" } });

        var result = await _tool.RunAsync("doctor");

        result.ShouldExitWith(0).Output.ShouldContain("thread 't' is hidden: incomplete");
        (await _tool.RunAsync("threads")).Output.ShouldBe("No threads.\n");
    }

    // Confirms appends, and keeps none.
    private sealed class ForgetfulLog : ICommitLog
    {
        private readonly InMemoryCommitLog _empty = new();

        public LogCapabilities Capabilities => LogCapabilities.None;

        public string Description => "a log that forgets";

        public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
            => new(new AppendResult(AppendOutcome.Appended, request.Entry.Version));

        public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
            => _empty.ReadTailAsync(request, cancellationToken);

        public IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default)
            => _empty.ReadAsync(request, cancellationToken);

        public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default) => _empty.GetHeadAsync(request, cancellationToken);

        public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default) => _empty.ListAsync(query, cancellationToken);

        public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default) => new((ThreadHead?)null);

        public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
            => new(false);

        public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default) => new(false);

        public ValueTask DisposeAsync() => _empty.DisposeAsync();
    }
}
