using System.Runtime.CompilerServices;

namespace Holdfast.Cli.Tests.Commands;

public sealed class ConfigCommandsTests : IAsyncDisposable
{
    private const string WithPresets =
        """
        holdfast:
          store: "postgres://app:${HOLDFAST_TEST_NO_PASSWORD:se$cret}@db/threads?sslkey=abc"
          expiry:
            after: 01:00:00
          visibility:
            essentialVariables: [user_name, language]
        environments:
          production:
            holdfast:
              maxUpdateAttempts: 7
              visibility:
                essentialVariables: [user_name]
        """;

    private readonly Tool _tool = new();
    private readonly TemporaryDirectory _directory = new();

    /// <summary>Files with something wrong. Each begins with comments that say what is expected: the line, and how the problem begins.</summary>
    public static TheoryData<string> BrokenFiles => [.. Directory.EnumerateFiles(Fixtures(), "*.yaml").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return _tool.DisposeAsync();
    }

    [Theory, MemberData(nameof(BrokenFiles))]
    public async Task Validate_ABrokenFile_TellsEachProblemByItsLine(string name)
    {
        var path = Path.Combine(Fixtures(), name);
        var expected = File.ReadLines(path).TakeWhile(line => line.StartsWith('#')).Select(line => $"{name}:{line[2..]}").ToList();

        var result = (await _tool.RunAsync("config", "validate", path)).ShouldExitWith(2);

        expected.ShouldNotBeEmpty();
        result.Lines.Length.ShouldBe(expected.Count + 1, result.Output);
        foreach (var problem in expected)
        {
            result.Lines.Count(line => line.StartsWith(problem, StringComparison.Ordinal)).ShouldBe(1, $"{problem}\n{result.Output}");
        }

        result.Lines[^1].ShouldBe(expected.Count == 1 ? $"{name} has 1 problem." : $"{name} has {expected.Count} problems.");
        result.Output.ShouldNotContain("secret");
    }

    [Fact]
    public void BrokenFiles_AreAtLeastTwenty() => BrokenFiles.Count.ShouldBeGreaterThanOrEqualTo(20);

    [Fact]
    public async Task Validate_AFileWithPresets_LooksAtEach()
    {
        var file = Write("holdfast.yaml", WithPresets);

        (await _tool.RunAsync("config", "validate", file)).ShouldExitWith(0).Output.ShouldBe("holdfast.yaml is valid, also in production.\n");
        (await _tool.RunAsync("config", "validate", file, "--environment", "Staging")).ShouldExitWith(0).Output.ShouldBe("holdfast.yaml is valid in Staging, for which it has no preset.\n");
        var json = (await _tool.RunAsync("config", "validate", file, "--json")).ShouldExitWith(0).Json;
        json.GetProperty("isValid").GetBoolean().ShouldBeTrue();
        json.GetProperty("environments").EnumerateArray().Select(one => one.GetProperty("environment").GetString()).ShouldBe([null, "production"]);
    }

    [Fact]
    public async Task Validate_JsonFiles_TellsByPathAndLooksAtThoseOfEnvironments()
    {
        var file = Write("appsettings.json", """{ "Holdfast": { "Store": "memory:", "MaxUpdateAttempts": 3 } }""");
        Write("appsettings.Production.json", """{ "Holdfast": { "MaxUpdateAttempts": 0, "Expiriy": { "After": "01:00:00" } } }""");

        var result = (await _tool.RunAsync("config", "validate", file)).ShouldExitWith(2);

        result.Lines.ShouldContain("Holdfast:MaxUpdateAttempts must be at least 1; it is 0. (in Production)");
        result.Output.ShouldContain("Holdfast:Expiriy is not a setting of Holdfast; did you mean 'Expiry'?");
        (await _tool.RunAsync("config", "validate", file, "--environment", "Development")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Validate_AFileWithoutTheSection_NamesWhatItHas()
    {
        var file = Write("holdfast.yaml", "state:\n  store: \"memory:\"\n");

        (await _tool.RunAsync("config", "validate", file)).ShouldExitWith(2).Output.ShouldContain("holdfast.yaml has no section 'Holdfast'; it has state.");
        (await _tool.RunAsync("config", "validate", file, "--section", "State")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Validate_AJsonFileThatIsNone_IsAProblem()
        => (await _tool.RunAsync("config", "validate", Write("appsettings.json", "{ \"Holdfast\": "))).ShouldExitWith(2).Output.ShouldContain("appsettings.json cannot be read: ");

    [Fact]
    public async Task Validate_AFileThatIsNotThere_IsSaid()
        => (await _tool.RunAsync("config", "validate", _directory["none.yaml"])).ShouldExitWith(2).Error.ShouldContain("error[invalid-input]: There is no file");

    [Fact]
    public async Task Show_TellsWhatIsInEffectWithoutSecrets()
    {
        var file = Write("holdfast.yaml", WithPresets);

        var result = (await _tool.RunAsync("config", "show", file, "--environment", "Production", "--json")).ShouldExitWith(0);

        result.Output.ShouldNotContain("se$cret");
        var settings = result.Json.EnumerateArray().ToDictionary(setting => setting.GetProperty("setting").GetString()!, StringComparer.Ordinal);
        Told("Holdfast:Store").ShouldBe(("postgres://app:***@db/threads?sslkey=***", "holdfast.yaml:2"));
        Told("Holdfast:MaxUpdateAttempts").ShouldBe(("7", "holdfast.yaml:10"));
        Told("Holdfast:MaxCommitBytes").ShouldBe(("16777216", null));
        Told("Holdfast:Expiry:Completed").ShouldBe(("01:00:00", null));
        Told("Holdfast:Expiry:WaitingForInput").ShouldBe(("Never", null));
        Told("Holdfast:Visibility:EssentialVariables").ShouldBe(("user_name", "holdfast.yaml:12"));
        Told("Holdfast:Cleanup").ShouldBe(("false", null));

        (string?, string?) Told(string name) => (settings[name].GetProperty("value").GetString(), settings[name].GetProperty("place").GetString());
    }

    [Fact]
    public async Task Show_TakesTheEnvironmentFromItsVariable()
    {
        var file = Write("holdfast.yaml", WithPresets);
        _tool.Environment["DOTNET_ENVIRONMENT"] = "Development";

        var lines = (await _tool.RunAsync("config", "show", file)).ShouldExitWith(0).Lines;

        lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["Setting", "Value", "From"]);
        lines.Single(line => line.StartsWith("Holdfast:MaxUpdateAttempts", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..].ShouldBe(["100", "default"]);
    }

    [Fact]
    public async Task Show_AFileWithProblems_ShowsWhatCanBeReadAndTellsThem()
    {
        var result = (await _tool.RunAsync("config", "show", Path.Combine(Fixtures(), "mistyped-setting.yaml"))).ShouldExitWith(2);

        result.Output.ShouldContain("Holdfast:Retry:Delay");
        result.Error.ShouldContain("did you mean 'MaxRetries'?");
        (await _tool.RunAsync("config", "show", Path.Combine(Fixtures(), "tab.yaml"))).ShouldExitWith(2).Error.ShouldContain("error[invalid-configuration]: tab.yaml:4: this is not YAML");
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_directory[name], text);
        return _directory[name];
    }

    private static string Fixtures([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "Fixtures", "BrokenConfigs"));
}
