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
            "Cleanup": { "Interval": "00:10:00", "OlderThan": "90.00:00:00" }
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
            "AgentStateOptions.MaxUpdateAttempts must be at least 1; it is 0.",
            "Holdfast:Expiriy is not a setting of Holdfast. Holdfast has Store, MaxCommitBytes, MaxUpdateAttempts, Expiry, Visibility, Retry, Cleanup.",
            "Holdfast:Expiry:After must be a time such as 00:30:00, or 7.00:00:00 for days, or Never; it is '24:00:00'.",
            "Holdfast:Expiry:Completed must be a time",
            "Holdfast:Expiry:Failed must be more than zero; it is -01:00:00.",
            "Holdfast:Expiry:Done is not a setting of Holdfast. Holdfast:Expiry has After, Idle, Thinking, UsingTool, WaitingForInput, WaitingForApproval, Completed, Failed, Sleeping, SinceCreation.",
            "Holdfast:Expiry:SinceCreation must be true or false; it is 'yes'.",
            "VisibilityPolicy.MaxMessages must be at least 1",
            "Holdfast:Visibility:EssentialVariables must be a list.",
            "Holdfast:Retry must be an object with settings of its own.",
            "CleanupServiceOptions.Interval must be 1 second to 30 days",
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
            "Retry:MaxRetries", "Retry:Delay", "Retry:MaxDelay", "Cleanup:Interval", "Cleanup:OlderThan",
        }.Concat(Enum.GetNames<ThreadStatus>().Select(status => $"Expiry:{status}")))
        {
            Configuration(samples[0]).GetSection($"Holdfast:{setting}").Exists().ShouldBeTrue($"{setting} is not in the sample.");
            text.ShouldContain($"`{setting}`");
        }
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
