using Holdfast.Logs;
using Holdfast.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Holdfast.Tests.Hosting;

public sealed class UseStoreTests
{
    [Theory]
    [InlineData("memory:", typeof(InMemoryCommitLog))]
    [InlineData("MEMORY:", typeof(InMemoryCommitLog))]
    [InlineData("file:threads", typeof(FileCommitLog))]
    [InlineData("sqlite:threads.db", typeof(SqliteCommitLog))]
    [InlineData("redis://:secret@localhost:1", typeof(Redis.RedisCommitLog))]
    [InlineData("rediss://localhost:1", typeof(Redis.RedisCommitLog))]
    [InlineData("valkey://localhost:1", typeof(Redis.RedisCommitLog))]
    [InlineData("valkeys://localhost:1", typeof(Redis.RedisCommitLog))]
    [InlineData("postgres://ann:secret@localhost:1/agents", typeof(Postgres.PostgresCommitLog))]
    [InlineData("postgresql://ann:secret@localhost:1/agents", typeof(Postgres.PostgresCommitLog))]
    [InlineData("dynamodb://eu-west-1/agents?endpoint=http://localhost:1", typeof(DynamoDb.DynamoDbCommitLog))]
    public async Task Url_ChoosesTheBackend(string url, Type log)
    {
        await using var services = Services(holdfast => holdfast.UseStore(url).AddSqlite().AddRedis().AddPostgres().AddDynamoDb());

        services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeOfType(log);
    }

    [Fact]
    public async Task Url_OfANamedStore_IsItsOwn()
    {
        await using var services = new ServiceCollection()
            .AddHoldfast("a", holdfast => holdfast.AddSqlite().UseStore("sqlite:a.db"))
            .AddHoldfast("b", holdfast => holdfast.UseStore("memory:"))
            .BuildServiceProvider();

        services.GetRequiredKeyedService<AgentStateStore>("a").CommitLog.ShouldBeOfType<SqliteCommitLog>();
        services.GetRequiredKeyedService<AgentStateStore>("b").CommitLog.ShouldBeOfType<InMemoryCommitLog>();
    }

    [Fact]
    public async Task UseArchive_ByUrlOrSection_IsTheArchiveOfTheStore_AndTheContainersToDispose()
    {
        var closed = new Support.ObservedLog(new InMemoryCommitLog());
        await using (var services = Services(holdfast => holdfast.UseInMemory().UseArchive(_ => closed)))
        {
            (await services.GetRequiredService<AgentStateStore>().ArchiveAsync(new() { CheckOrphans = true })).Archived.ShouldBe(0);
            closed.Calls.ShouldBeGreaterThan(0);
        }

        closed.Disposals.ShouldBe(1);
        await using var byUrl = Services(holdfast => holdfast.UseInMemory().UseArchive("memory:"));
        (await byUrl.GetRequiredService<AgentStateStore>().ArchiveAsync()).Archived.ShouldBe(0);
        var section = new ConfigurationBuilder().AddInMemoryCollection([new("Holdfast:Store", "memory:"), new("Holdfast:Archive", "memory:")]).Build().GetSection("Holdfast");
        await using var bySection = new ServiceCollection().AddHoldfast(section).BuildServiceProvider();
        (await bySection.GetRequiredService<AgentStateStore>().ArchiveAsync()).Archived.ShouldBe(0);
        Refusal(holdfast => holdfast.UseInMemory().UseArchive("tape:x")).ShouldContain("There is no store for 'tape:' URLs.");
        Refusal(holdfast => holdfast.UseInMemory().AddCleanup(cleanup => cleanup.ArchiveOlderThan = TimeSpan.FromDays(90))).ShouldContain("UseArchive");
    }

    [Theory]
    [InlineData("sqlite:a.db", "AddSqlite()", "Holdfast.Sqlite")]
    [InlineData("redis://localhost", "AddRedis()", "Holdfast.Redis")]
    [InlineData("valkeys://localhost", "AddRedis()", "Holdfast.Redis")]
    [InlineData("postgresql://ann:secret@localhost/x", "AddPostgres()", "Holdfast.Postgres")]
    [InlineData("dynamodb://eu-west-1/x", "AddDynamoDb()", "Holdfast.DynamoDb")]
    [InlineData("tape://ann:secret@host", "AddSqlite()", "memory:")]
    public void Url_WhoseSchemeNothingKnows_IsToldWithWhatAddsIt(string url, string call, string more)
    {
        var message = Refusal(holdfast => holdfast.UseStore(url));

        message.ShouldContain($"There is no store for '{url[..url.IndexOf(':', StringComparison.Ordinal)]}:' URLs.");
        message.ShouldContain(call);
        message.ShouldContain(more);
        message.ShouldContain("memory:, file:DIR");
        message.ShouldNotContain("secret");
    }

    [Theory, InlineData(null), InlineData(""), InlineData(" ")]
    public void Url_ThatIsMissing_IsToldWithTheSettingThatLacksIt(string? value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Holdfast:Store", value)]).Build();

        var message = Refusal(holdfast => holdfast.UseStore(configuration["Holdfast:Store"]));

        message.ShouldContain("""UseStore(configuration["Holdfast:Store"]) has no store URL.""");
        message.ShouldContain("memory:, file:DIR");
    }

    [Theory]
    [InlineData("file:", "'file:' lacks a directory")]
    [InlineData("sqlite:", "'sqlite:' lacks a file")]
    [InlineData("Host=db;Password=secret", "may hold a password")]
    [InlineData("Data Source=a.db", "no store URL")]
    [InlineData("threads.db", "sqlite:threads.db")]
    [InlineData("redis://:secret@localhost:99999", "")]
    [InlineData("postgres://ann:secret@localhost/agents?nonsense=secret", "")]
    [InlineData("dynamodb://ann:secret@eu-west-1/agents", "")]
    public void Url_ThatCannotBeUsed_IsToldWithoutAPassword(string url, string text)
    {
        var message = Refusal(holdfast => holdfast.UseStore(url).AddSqlite().AddRedis().AddPostgres().AddDynamoDb());

        message.ShouldContain(text);
        message.ShouldNotContain("secret");
    }

    [Fact]
    public async Task Host_WithABadUrlAndBadSettings_TellsAllOfItAndDoesNotStart()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHoldfast(holdfast => holdfast
            .AddPostgres()
            .UseStore("sqlite:a.db")
            .AddCleanup()
            .Configure(options => (options.MaxUpdateAttempts, options.MaxCommitBytes, options.Retry.MaxRetries) = (0, 5, -1)));
        using var host = builder.Build();

        var error = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync());

        error.Failures.Count().ShouldBe(4);
        foreach (var text in new[] { "AddSqlite()", "MaxUpdateAttempts", "MaxCommitBytes", "MaxRetries" })
        {
            error.Message.ShouldContain(text);
        }
    }

    [Fact]
    public async Task Host_WithoutAnyStore_DoesNotStart()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHoldfast(_ => { });
        using var host = builder.Build();

        (await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync())).Message.ShouldContain("names no place to store into");
    }

    [Fact]
    public async Task Url_ThatAnotherCallReplaces_IsNotLookedAt()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHoldfast(holdfast => holdfast.UseStore("tape:x").UseInMemory());
        using var host = builder.Build();

        await host.StartAsync();
        host.Services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeOfType<InMemoryCommitLog>();
        await host.StopAsync();
    }

    [Fact]
    public void Scheme_OfYourOwn_IsOpenedByItsNames()
    {
        var scheme = new StoreScheme("tape", "tape:NAME", _ => new InMemoryCommitLog(), "reel");
        using var services = Services(holdfast => holdfast.AddStoreScheme(scheme).AddStoreScheme(scheme).UseStore("reel:x"));

        services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeOfType<InMemoryCommitLog>();
        services.GetServices<StoreScheme>().Count(one => one == scheme).ShouldBe(1);
        Should.Throw<ArgumentException>(() => new StoreScheme("", "x", _ => new InMemoryCommitLog()));
    }

    [Fact]
    public void Url_AsText_ShowsNothingButItsScheme()
    {
        var url = StoreUrl.Parse("Redis://:secret@host");

        (url.Scheme, url.ToString(), $"{url}").ShouldBe(("redis", "redis:…", "redis:…"));
        url.Text.ShouldBe("redis://:secret@host");
        (default(StoreUrl).Scheme, default(StoreUrl).Path).ShouldBe(("", ""));
        StoreUrl.TryParse(null, out _).ShouldBeFalse();
        StoreUrl.TryParse("C:\\threads", out _).ShouldBeFalse();
        StoreUrl.Parse("sqlite:///tmp/x.db").Path.ShouldBe(StoreUrl.Parse("sqlite:/tmp/x.db").Path);
    }

    private static string Refusal(Action<HoldfastBuilder> configure)
    {
        using var services = Services(configure);
        return Should.Throw<StateConfigurationException>(services.GetRequiredService<AgentStateStore>).Message;
    }

    private static ServiceProvider Services(Action<HoldfastBuilder> configure) => new ServiceCollection().AddHoldfast(configure).BuildServiceProvider();
}
