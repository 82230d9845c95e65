using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Logs;
using Holdfast.Sqlite;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Holdfast.Tests.Hosting;

public sealed partial class ConfigurationTests
{
    private const string Everything =
        """
        {
          "Holdfast": {
            "Store": "memory:",
            "MaxCommitBytes": 2048,
            "MaxUpdateAttempts": 7,
            "Expiry": { "After": "01:00:00", "Completed": "1.00:00:00", "Failed": "Never", "WaitingForInput": "30.00:00:00", "SinceCreation": true },
            "Visibility": { "MaxMessages": 200, "MaxVariables": 50, "EssentialVariables": [ "name", "lang" ] },
            "Retry": { "MaxRetries": 3, "Delay": "00:00:00.100", "MaxDelay": "00:00:05" },
            "Cleanup": {
              "Interval": "00:10:00",
              "OlderThan": "90.00:00:00",
              "Retention": { "KeepVersions": 1000, "KeepFor": "30.00:00:00", "MaxMessages": 500, "MaxMessageAge": "60.00:00:00", "Completed": { "KeepFor": "2.00:00:00" } }
            },
            "OnCorrupt": "lastGood",
            "QuarantineDirectory": "damaged",
            "Worker": { "Concurrency": 3, "PollInterval": "00:00:05", "Agent": "clerk", "AllTenants": true, "MaxPerUser": 1, "StopTimeout": "00:00:10" }
          }
        }
        """;

    private static readonly DateTimeOffset Created = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Section_WithEverything_SetsEverything()
    {
        using var services = Services(Everything);
        var options = services.GetRequiredService<IOptions<AgentStateOptions>>().Value;

        (options.MaxCommitBytes, options.MaxUpdateAttempts).ShouldBe((2048, 7));
        (options.Visibility.MaxMessages, options.Visibility.MaxVariables).ShouldBe((200, 50));
        options.Visibility.EssentialVariables.ShouldBe(["name", "lang"]);
        (options.Retry.MaxRetries, options.Retry.Delay, options.Retry.MaxDelay).ShouldBe((3, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5)));
        ExpiresAfter(options, ThreadStatus.Idle).ShouldBe(TimeSpan.FromHours(1));
        ExpiresAfter(options, ThreadStatus.Completed).ShouldBe(TimeSpan.FromDays(1));
        ExpiresAfter(options, ThreadStatus.Failed).ShouldBeNull();
        ExpiresAfter(options, ThreadStatus.WaitingForInput).ShouldBe(TimeSpan.FromDays(30));
        ExpiresAfter(options, ThreadStatus.WaitingForApproval).ShouldBeNull();
        services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeOfType<InMemoryCommitLog>();
        services.GetServices<IHostedService>().OfType<CleanupService>().ShouldHaveSingleItem();
        (options.OnCorrupt, options.QuarantineDirectory).ShouldBe((OnCorrupt.LastGood, "damaged"));
    }

    [Fact]
    public void Section_SetsRetention()
    {
        var retention = new HoldfastConfiguration(Section(Everything)).Cleanup()!.Retention!;

        (retention.KeepVersions, retention.KeepFor, retention.MaxMessages, retention.MaxMessageAge).ShouldBe((1000, TimeSpan.FromDays(30), 500, TimeSpan.FromDays(60)));
        (retention.Of(ThreadStatus.Completed).KeepFor, retention.Of(ThreadStatus.Completed).KeepVersions).ShouldBe((TimeSpan.FromDays(2), null));
        new HoldfastConfiguration(Section("""{ "Holdfast": { "Cleanup": true } }""")).Cleanup()!.Retention.ShouldBeNull();
    }

    [Fact]
    public void Section_SetsWorkers_UnlessCodeDoes()
    {
        var options = new ThreadWorkerOptions();
        new HoldfastConfiguration(Section(Everything)).Apply(options);

        (options.Concurrency, options.PollInterval, options.Agent, options.AllTenants, options.MaxPerUser, options.StopTimeout).ShouldBe(
            (3, TimeSpan.FromSeconds(5), "clerk", true, 1, TimeSpan.FromSeconds(10)));
        using var services = Services(Everything, holdfast => holdfast.AddThreadWorker<NoHandler>(worker => worker.MaxPerUser = 2));
        var worker = services.GetServices<IHostedService>().OfType<ThreadWorker>().Single().Options;
        (worker.Concurrency, worker.MaxPerUser).ShouldBe((3, 2));
    }

    [Theory]
    [InlineData("sqlite:holdfast.db", "sqlite:holdfast.db")]
    [InlineData("redis://localhost:6379?prefix=a", "redis://localhost:6379?prefix=a")]
    [InlineData("redis://:geheim@host:6379/1", "redis://:***@host:6379/1")]
    [InlineData("postgres://ann:ge@he:im@host/db?schema=x", "postgres://ann:***@host/db?schema=x")]
    [InlineData("postgres://ann@host/db?password=geheim&schema=x&sslpassword=geheim", "postgres://ann@host/db?password=***&schema=x&sslpassword=***")]
    [InlineData("redis://a:1,b:2", "redis://a:1,b:2")]
    [InlineData("dynamodb://eu-west-1/t?SecretKey=geheim&endpoint=http://x", "dynamodb://eu-west-1/t?SecretKey=***&endpoint=http://x")]
    [InlineData("Host=h;Password=geheim", "***")]
    [InlineData("geheim", "***")]
    public void Url_IsShownWithoutSecrets(string url, string expected)
        => StoreSetting.Read(Section($$"""{ "Holdfast": { "Store": "{{url}}" } }""")).Single(setting => setting.Key == "Holdfast:Store").Value.ShouldBe(expected);

    [Theory]
    [InlineData("""{ "Store": "memory:", "Expiry": { "After": 3600 } }""", "Holdfast:Expiry:After must be a time such as 00:30:00, or 7.00:00:00 for days, or Never; it is '3600'.")]
    [InlineData("""{ "Store": "memory:", "Worker": { "MaxPerUser": 0 } }""", "Holdfast:Worker:MaxPerUser must be 1 to 1,000; it is 0.")]
    [InlineData("""{ "Store": "memory:", "Cleanup": { "Retention": { "KeepVersions": 0 } } }""", "Holdfast:Cleanup:Retention:KeepVersions must be at least 1, or null for no rule; it is 0.")]
    [InlineData("""{ "Store": "memory:", "Cleanup": { "Retention": { "Failed": { "MaxMessages": 0 } } } }""", "Holdfast:Cleanup:Retention:Failed:MaxMessages must be at least 1, or null for all; it is 0.")]
    [InlineData("""{ "Store": "memory:", "Cleanup": { "Retention": { "Failed": { "Idle": {} } } } }""", "Holdfast:Cleanup:Retention:Failed:Idle is not a setting of Holdfast. Holdfast:Cleanup:Retention:Failed has KeepVersions, KeepFor, MaxMessages, MaxMessageAge.")]
    [InlineData("""{ "Store": "memory:", "OnCorrupt": "Empty" }""", "Holdfast:QuarantineDirectory must be set, unless OnCorrupt is Throw; it is null.")]
    [InlineData("""{ "Store": "memory:", "MaxUpdateAttempts": "${HOLDFAST_TEST_NONE:none}" }""", "Holdfast:MaxUpdateAttempts must be a whole number of at most 2147483647; it is 'none'.")]
    [InlineData("""{ "Store": "${HOLDFAST_TEST_NONE}" }""", "Holdfast:Store needs the environment variable 'HOLDFAST_TEST_NONE', which is not set and has no default, as ${HOLDFAST_TEST_NONE:default} would have.")]
    public void Problem_OfASection_IsToldByThePathOfItsSetting(string holdfast, string expected)
    {
        using var services = Services($$"""{ "Holdfast": {{holdfast}} }""");

        Should.Throw<OptionsValidationException>(() => services.GetRequiredService<IOptions<AgentStateOptions>>().Value).Failures.ShouldBe([expected]);
    }

    [Fact]
    public void Variables_OfASection_AreReplaced()
    {
        Environment.SetEnvironmentVariable("HOLDFAST_TEST_ATTEMPTS", "11");
        using var services = Services(
            """
            { "Holdfast": {
              "Store": "${HOLDFAST_TEST_NONE:memory:}", "MaxUpdateAttempts": "${HOLDFAST_TEST_ATTEMPTS:7}", "MaxCommitBytes": "${HOLDFAST_TEST_NONE:}",
              "Expiry": { "After": "${HOLDFAST_TEST_NONE:01:00:00}", "SinceCreation": "${HOLDFAST_TEST_NONE:true}" },
              "Visibility": { "EssentialVariables": [ "${HOLDFAST_TEST_NONE:name}", "$${x}" ] } } }
            """);
        var options = services.GetRequiredService<IOptions<AgentStateOptions>>().Value;

        (options.MaxUpdateAttempts, options.MaxCommitBytes).ShouldBe((11, new AgentStateOptions().MaxCommitBytes));
        options.Expiry.ExpiresAt(ThreadStatus.Idle, Created, Created.AddDays(7)).ShouldBe(Created.AddHours(1));
        options.Visibility.EssentialVariables.ShouldBe(["name", "${x}"]);
        services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeOfType<InMemoryCommitLog>();
    }

    [Fact]
    public void Section_WithTheStoreOnly_LeavesTheDefaults()
    {
        using var services = Services("""{ "Holdfast": { "Store": "sqlite:a.db", "Retry": {}, "Visibility": { "MaxMessages": null }, "Cleanup": false, "MaxCommitBytes": "" } }""", holdfast => holdfast.AddSqlite());
        var (options, defaults) = (services.GetRequiredService<IOptions<AgentStateOptions>>().Value, new AgentStateOptions());

        (options.MaxCommitBytes, options.MaxUpdateAttempts, options.Visibility, options.Retry.MaxRetries).ShouldBe(
            (defaults.MaxCommitBytes, defaults.MaxUpdateAttempts, defaults.Visibility, defaults.Retry.MaxRetries));
        options.Expiry.ShouldBeSameAs(ExpiryPolicy.Never);
        services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeOfType<SqliteCommitLog>();
    }

    [Fact]
    public async Task Host_WithManyProblems_TellsThemAllAtOnceAndDoesNotStart()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHoldfast(Section(
            """
            {
              "Holdfast": {
                "Store": "tape://ann:secret@host",
                "MaxCommitBytes": "many",
                "MaxUpdateAttempts": 0,
                "Expiriy": { "After": "01:00:00" },
                "Expiry": { "After": "24:00:00", "Completed": "1 day", "Failed": "-01:00:00", "Done": "01:00:00", "SinceCreation": "yes" },
                "Visibility": { "MaxMessages": -1, "EssentialVariables": "name" },
                "Retry": 5,
                "Cleanup": { "Interval": "00:00:00.1", "Every": 3 }
              }
            }
            """));
        using var host = builder.Build();

        var error = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync());

        string[] expected =
        [
            "There is no store for 'tape:' URLs.",
            "Holdfast:MaxCommitBytes must be a whole number of at most 2147483647; it is 'many'.",
            "Holdfast:MaxUpdateAttempts must be at least 1; it is 0.",
            "Holdfast:Expiriy is not a setting of Holdfast; did you mean 'Expiry'? Holdfast has Store, Archive, MaxCommitBytes, MaxUpdateAttempts, OnCorrupt, QuarantineDirectory, Expiry, Visibility, Retry, Cleanup, Worker, Advice.",
            "Holdfast:Expiry:After must be a time such as 00:30:00, or 7.00:00:00 for days, or Never; it is '24:00:00'.",
            "Holdfast:Expiry:Completed must be a time",
            "Holdfast:Expiry:Failed must be more than zero; it is -01:00:00.",
            "Holdfast:Expiry:Done is not a setting of Holdfast. Holdfast:Expiry has After, Idle, Thinking, UsingTool, WaitingForInput, WaitingForApproval, Completed, Failed, Sleeping, SinceCreation.",
            "Holdfast:Expiry:SinceCreation must be true or false; it is 'yes'.",
            "Holdfast:Visibility:MaxMessages must be at least 1",
            "Holdfast:Visibility:EssentialVariables must be a list.",
            "Holdfast:Retry must be an object with settings of its own.",
            "Holdfast:Cleanup:Interval must be 1 second to 30 days",
            "Holdfast:Cleanup:Every is not a setting of Holdfast.",
        ];
        foreach (var text in expected)
        {
            error.Failures.Count(failure => failure.Contains(text, StringComparison.Ordinal)).ShouldBe(1, $"{text}\n{string.Join("\n", error.Failures)}");
        }

        error.Failures.Count().ShouldBe(expected.Length);
        error.Message.ShouldNotContain("secret");
    }

    [Fact]
    public void Store_ThatIsMissing_IsToldByThePathOfItsSetting()
    {
        using var services = Services("""{ "Holdfast": { "MaxUpdateAttempts": 3 } }""");

        Should.Throw<StateConfigurationException>(services.GetRequiredService<AgentStateStore>).Message.ShouldContain("Holdfast:Store has no store URL.");
    }

    [Fact]
    public void Code_TakesPrecedence()
    {
        using var services = Services(
            """{ "Holdfast": { "Store": "tape:x", "MaxUpdateAttempts": 3, "MaxCommitBytes": 2048 } }""",
            holdfast => holdfast.UseInMemory().Configure(options => options.MaxUpdateAttempts = 4));

        services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeOfType<InMemoryCommitLog>();
        var options = services.GetRequiredService<IOptions<AgentStateOptions>>().Value;
        (options.MaxUpdateAttempts, options.MaxCommitBytes).ShouldBe((4, 2048));
    }

    [Fact]
    public async Task Section_OfANamedStore_IsItsOwn()
    {
        var configuration = Configuration("""{ "Stores": { "Chats": { "Store": "memory:", "MaxCommitBytes": 2048 }, "Jobs": { "Store": "memory:" } } }""");
        await using var services = new ServiceCollection()
            .AddHoldfast("chats", configuration.GetSection("Stores:Chats"))
            .AddHoldfast("jobs", configuration.GetSection("Stores:Jobs"))
            .BuildServiceProvider();

        await Should.ThrowAsync<StateTooLargeException>(async () => await services.GetRequiredKeyedService<AgentStateStore>("chats").UpdateAsync("a", session => session.Say(new string('x', 4000))));
        await services.GetRequiredKeyedService<AgentStateStore>("jobs").UpdateAsync("a", session => session.Say(new string('x', 4000)));
    }

    [Fact]
    public void Sources_ThatComeAfterTheServices_Count()
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("Holdfast:Store", "tape:x")]);
        using var services = new ServiceCollection().AddHoldfast(configuration.GetSection("Holdfast")).BuildServiceProvider();

        configuration.AddInMemoryCollection([new("Holdfast:Store", "memory:"), new("Holdfast:MaxUpdateAttempts", "3")]);

        services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeOfType<InMemoryCommitLog>();
        services.GetRequiredService<IOptions<AgentStateOptions>>().Value.MaxUpdateAttempts.ShouldBe(3);
    }

    [Fact]
    public void WholeConfiguration_IsRefused()
    {
        var configuration = Configuration(Everything);

        Should.Throw<ArgumentException>(() => new ServiceCollection().AddHoldfast(configuration)).Message.ShouldContain("GetSection");
        Should.Throw<ArgumentNullException>(() => new ServiceCollection().AddHoldfast((IConfiguration)null!));
    }

    [Theory, InlineData("""true"""), InlineData("""{ "OlderThan": "00:01:00" }""")]
    public async Task Cleanup_OfTheSection_RunsWithTheHost(string cleanup)
    {
        var (clock, memory) = (new FakeTimeProvider(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero)), new InMemoryCommitLog());
        var log = new FaultInjectingLog(memory);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHoldfast(
            Section($$"""{ "Holdfast": { "Cleanup": {{cleanup}} } }"""), holdfast => holdfast.UseLog(_ => log).Configure(options => options.TimeProvider = clock));
        await memory.AppendAsync(new ThreadWriter(ThreadKey.Of("a")).Next(new() { Head = head => head with { ExpiresAt = clock.GetUtcNow() } }));
        using var host = builder.Build();

        await host.StartAsync();

        await Conditions.UntilAsync(async () => await memory.GetHeadAsync(ThreadKey.Of("a")) is null);
        await host.StopAsync();
    }

    /// <summary>The sample in the documentation has every setting, with its default unless the text says otherwise.</summary>
    [Fact]
    public void Documentation_ShowsASectionThatCanBeUsed()
    {
        var text = File.ReadAllText(Path.Combine(Repository(), "docs", "configuration.md"));
        var samples = JsonBlock().Matches(text).Select(match => match.Groups["json"].Value).ToList();
        samples.Count.ShouldBeGreaterThan(0);

        foreach (var sample in samples)
        {
            using var services = Services(sample, holdfast => holdfast.AddSqlite().AddRedis().AddPostgres());
            services.GetRequiredService<AgentStateStore>().ShouldNotBeNull();
        }

        foreach (var setting in new[]
        {
            "Store", "MaxCommitBytes", "MaxUpdateAttempts", "Expiry:After", "Expiry:SinceCreation", "Visibility:MaxMessages", "Visibility:MaxVariables", "Visibility:EssentialVariables",
            "Retry:MaxRetries", "Retry:Delay", "Retry:MaxDelay", "Cleanup:Interval", "Cleanup:OlderThan", "Cleanup:Retention:KeepVersions", "Cleanup:Retention:KeepFor", "Cleanup:Retention:MaxMessages",
            "Cleanup:Retention:MaxMessageAge", "OnCorrupt", "QuarantineDirectory", "Worker:Concurrency", "Worker:PollInterval", "Worker:Agent", "Worker:AllTenants", "Worker:MaxPerUser", "Worker:StopTimeout", "Advice:Silence",
        }.Concat(Enum.GetNames<ThreadStatus>().Select(status => $"Expiry:{status}")))
        {
            Configuration(samples[0]).GetSection($"Holdfast:{setting}").Exists().ShouldBeTrue($"{setting} is not in the sample.");
            text.ShouldContain($"`{setting}`");
        }
    }

    private sealed class NoHandler : ITurnHandler
    {
        public Task RunAsync(Turn turn, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    [GeneratedRegex(@"```json\s(?<json>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex JsonBlock();

    private static string Repository([System.Runtime.CompilerServices.CallerFilePath] string path = "")
        => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));

    private static TimeSpan? ExpiresAfter(AgentStateOptions options, ThreadStatus status) => options.Expiry.ExpiresAt(status, Created, Created.AddDays(7)) - Created;

    private static IConfigurationRoot Configuration(string json) => new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();

    private static IConfigurationSection Section(string json) => Configuration(json).GetSection("Holdfast");

    private static ServiceProvider Services(string json, Action<HoldfastBuilder>? configure = null)
        => new ServiceCollection().AddHoldfast(Section(json), configure).BuildServiceProvider();
}
