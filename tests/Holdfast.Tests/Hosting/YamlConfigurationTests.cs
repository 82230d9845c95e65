using Holdfast.Logs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Holdfast.Tests.Hosting;

public sealed class YamlConfigurationTests : IDisposable
{
    private const string Sample =
        """
        # Comments are fine.
        holdfast:
          store: "${HOLDFAST_TEST_NONE:memory:}"
          maxUpdateAttempts: 7
          expiry: { after: 01:00:00, failed: Never }
          visibility:
            essentialVariables:
              - name
              - lang
        environments:
          Production:
            holdfast:
              maxUpdateAttempts: 9
              visibility:
                essentialVariables: [id]
          development:
            holdfast:
              expiry: ~
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("holdfast-yaml-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void AFile_SetsWhatItSays()
    {
        var options = Options(Sample, "Staging");

        options.MaxUpdateAttempts.ShouldBe(7);
        options.Visibility.EssentialVariables.ShouldBe(["name", "lang"]);
        options.Expiry.ExpiresAt(ThreadStatus.Idle, default, DateTimeOffset.UnixEpoch).ShouldBe(DateTimeOffset.UnixEpoch.AddHours(1));
        options.Expiry.ExpiresAt(ThreadStatus.Failed, default, DateTimeOffset.UnixEpoch).ShouldBeNull();
    }

    [Fact]
    public void APreset_IsLaidOverTheRest()
    {
        var production = Options(Sample, "production");
        (production.MaxUpdateAttempts, production.Expiry.IsNever).ShouldBe((9, false));
        production.Visibility.EssentialVariables.ShouldBe(["id"]);

        // What a preset sets to null is as if it had never been set.
        Options(Sample, "Development").Expiry.ShouldBeSameAs(ExpiryPolicy.Never);
    }

    [Fact]
    public void Presets_AreNoSettings() => Load(Sample, "Production").GetChildren().Select(child => child.Key).ShouldBe(["holdfast"]);

    [Fact]
    public async Task AHost_PutsTheFileAboveOtherFilesAndBelowItsCommandLine_AndKnowsItsEnvironment()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "appsettings.json"), """{ "Holdfast": { "MaxUpdateAttempts": 3, "MaxCommitBytes": 2048, "Store": "tape:" } }""");
        File.WriteAllText(Path.Combine(_directory.FullName, "holdfast.yaml"), Sample);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            ContentRootPath = _directory.FullName,
            EnvironmentName = "Production",
            Args = ["--Holdfast:Expiry:After=02:00:00"],
        });
        builder.Logging.ClearProviders();
        builder.Configuration.AddHoldfastYaml();
        builder.Services.AddHoldfast(builder.Configuration.GetSection("Holdfast"));
        using var host = builder.Build();

        var options = host.Services.GetRequiredService<IOptions<AgentStateOptions>>().Value;

        (options.MaxUpdateAttempts, options.MaxCommitBytes).ShouldBe((9, 2048));
        options.Expiry.ExpiresAt(ThreadStatus.Idle, default, DateTimeOffset.UnixEpoch).ShouldBe(DateTimeOffset.UnixEpoch.AddHours(2));
        host.Services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeOfType<InMemoryCommitLog>();
        await host.StartAsync();
        await host.StopAsync();
    }

    [Fact]
    public async Task AHost_DoesNotStart_AndTellsTheLine()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "holdfast.yaml"), "holdfast:\n  store: 'memory:'\n  retry: { maxRetries: 101 }\n");
        var builder = Host.CreateEmptyApplicationBuilder(new() { ContentRootPath = _directory.FullName });
        builder.Configuration.AddHoldfastYaml();
        builder.Services.AddHoldfast(builder.Configuration.GetSection("Holdfast"));
        using var host = builder.Build();

        (await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync())).Failures.ShouldBe(["holdfast.yaml:3: Holdfast:Retry:MaxRetries must be 0 to 100; it is 101."]);
    }

    [Fact]
    public void AProblem_IsToldWithItsLine_AndWithThatOfThePreset()
    {
        const string broken =
            """
            holdfast:
              store: "memory:"
              maxUpdateAttempts: 0
            environments:
              production:
                holdfast: { maxUpdateAttempts: -1 }
            """;

        ProblemsOf(broken, "Staging").ShouldBe(["holdfast.yaml:3: Holdfast:MaxUpdateAttempts must be at least 1; it is 0."]);
        ProblemsOf(broken, "Production").ShouldBe(["holdfast.yaml:6: Holdfast:MaxUpdateAttempts must be at least 1; it is -1."]);
    }

    [Fact]
    public void AProblem_OfAValueThatOverridesTheFile_IsNotBlamedOnTheFile()
    {
        var configuration = Builder("holdfast:\n  store: 'memory:'\n  maxUpdateAttempts: 3\n", "Production").AddInMemoryCollection([new("Holdfast:MaxUpdateAttempts", "0")]).Build();

        Should.Throw<OptionsValidationException>(() => Services(configuration).GetRequiredService<IOptions<AgentStateOptions>>().Value).Failures
            .ShouldBe(["Holdfast:MaxUpdateAttempts must be at least 1; it is 0."]);
    }

    [Fact]
    public void AProblem_ThatCodePutsRight_IsNone()
    {
        var configuration = Load("holdfast:\n  store: '${HOLDFAST_TEST_NONE}'\n  maxUpdateAttempts: 0\n", "Production");
        using var services = Services(configuration, holdfast => holdfast.UseInMemory().Configure(options => options.MaxUpdateAttempts = 5));

        services.GetRequiredService<IOptions<AgentStateOptions>>().Value.MaxUpdateAttempts.ShouldBe(5);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("# nothing\n", true)]
    [InlineData("holdfast:\n", true)]
    [InlineData("environments:\n  production:\n", true)]
    [InlineData("a: &x [1, 2]\nb: *x\n", true)]
    [InlineData("{ \"holdfast\": { \"store\": \"memory:\" } }", true)]
    [InlineData("- a\n", false)]
    [InlineData("text", false)]
    [InlineData("a: 1\n---\nb: 2\n", false)]
    [InlineData("? [a]\n: 1\n", false)]
    [InlineData("a: *x\n", false)]
    [InlineData("a: &x { b: *x }\n", false)]
    [InlineData("environments: [a]\n", false)]
    [InlineData("\"\": 1\n", false)]
    [InlineData("a: [1\n", false)]
    [InlineData("a: \"x\n", false)]
    public void AFile_IsReadOrRefusedWithItsLine(string text, bool isFine)
    {
        if (isFine)
        {
            Load(text, "Production").ShouldNotBeNull();
            return;
        }

        Should.Throw<StateConfigurationException>(() => Load(text, "Production")).Message.ShouldMatch("^holdfast.yaml:[1-9][0-9]*: .+\\.$");
    }

    [Fact]
    public void AFile_ThatStandsForMoreThanItHolds_IsRefused()
    {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Should.Throw<StateConfigurationException>(() => Load(bomb, "Production")).Message.ShouldContain("there are more than 100000 values");

        var deep = string.Concat(Enumerable.Repeat("[", 10_000));
        Should.Throw<StateConfigurationException>(() => Load($"a: {deep}", "Production")).Message.ShouldContain("nested");
    }

    [Fact]
    public void AFile_ThatIsNotThere_IsToldUnlessItIsOptional()
    {
        Should.Throw<FileNotFoundException>(() => new ConfigurationBuilder().SetBasePath(_directory.FullName).AddHoldfastYaml().Build());
        new ConfigurationBuilder().SetBasePath(_directory.FullName).AddHoldfastYaml(optional: true).Build().GetChildren().ShouldBeEmpty();
    }

    private AgentStateOptions Options(string yaml, string environment)
    {
        using var services = Services(Load(yaml, environment));
        return services.GetRequiredService<IOptions<AgentStateOptions>>().Value;
    }

    private IEnumerable<string> ProblemsOf(string yaml, string environment) => Should.Throw<OptionsValidationException>(() => Options(yaml, environment)).Failures;

    private IConfigurationRoot Load(string yaml, string environment) => Builder(yaml, environment).Build();

    private IConfigurationBuilder Builder(string yaml, string environment)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "holdfast.yaml"), yaml);
        return new ConfigurationBuilder().SetBasePath(_directory.FullName).AddHoldfastYaml(environment: environment);
    }

    private static ServiceProvider Services(IConfigurationRoot configuration, Action<HoldfastBuilder>? configure = null)
        => new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddHoldfast(configuration.GetSection("Holdfast"), configure).BuildServiceProvider();
}
