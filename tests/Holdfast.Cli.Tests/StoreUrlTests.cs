namespace Holdfast.Cli.Tests;

public sealed class StoreUrlTests
{
    [Theory]
    [InlineData("memory:", "memory", "")]
    [InlineData("sqlite:holdfast.db", "sqlite", "holdfast.db")]
    [InlineData("SQLite:a/b c.db", "sqlite", "a/b c.db")]
    [InlineData("sqlite:/tmp/x.db", "sqlite", "/tmp/x.db")]
    [InlineData("sqlite:///tmp/x.db", "sqlite", "/tmp/x.db")]
    [InlineData("file:dir:with:colons", "file", "dir:with:colons")]
    public void Parse_AUrl_HasSchemeAndPath(string text, string scheme, string path)
    {
        var url = StoreUrls.Parse(text);
        url.Scheme.ShouldBe(scheme);
        url.Path.ShouldBe(path);
    }

    [Theory]
    [InlineData("holdfast.db", "sqlite:holdfast.db")]
    [InlineData("my threads.db", "sqlite:my threads.db")]
    [InlineData(":memory:", "sqlite:holdfast.db")]
    [InlineData("a b:c", "sqlite:holdfast.db")]
    [InlineData("C:\\data\\x.db", "sqlite:C:\\data\\x.db")]
    [InlineData("Data Source=a.db", "sqlite:holdfast.db")]
    public void Parse_WithoutAScheme_IsAnErrorThatShowsOne(string text, string example)
    {
        var error = Should.Throw<ToolException>(() => StoreUrls.Parse(text));
        error.ExitCode.ShouldBe(ExitCodes.Usage);
        error.Message.ShouldContain(example);
    }

    [Theory]
    [InlineData("Host=db;Username=ann;Password=secret")]
    [InlineData("ann:secret@host")]
    [InlineData("//ann:secret@host")]
    public void Parse_WithoutAScheme_NeverShowsAPassword(string text)
    {
        try
        {
            StoreSchemes.BuiltIn.Find(StoreUrls.Parse(text));
            Assert.Fail("It was taken for a store URL.");
        }
        catch (ToolException e)
        {
            $"{e.Message} {e.Hint}".ShouldNotContain("secret");
        }
    }

    [Theory, InlineData("redis"), InlineData("rediss"), InlineData("valkey"), InlineData("valkeys"), InlineData("postgresql"), InlineData("dynamodb")]
    public void Find_EverySchemeOfABackend_IsKnown(string scheme)
        => StoreSchemes.BuiltIn.Find(StoreUrls.Parse($"{scheme}://x")).ShouldNotBeNull();

    [Fact]
    public void Forms_ListEveryKindOnce()
        => StoreSchemes.BuiltIn.Forms.ShouldBe("memory:, file:DIR, sqlite:FILE, redis://HOST:PORT, postgres://USER:PASSWORD@HOST/DATABASE, dynamodb://REGION/TABLE");

    [Fact]
    public void Find_AnUnknownScheme_ListsTheKnownOnesAndKeepsSecrets()
    {
        var error = Should.Throw<ToolException>(() => StoreSchemes.BuiltIn.Find(StoreUrls.Parse("tape://user:secret@host")));
        error.Message.ShouldNotContain("secret");
        error.Hint.ShouldNotBeNull().ShouldContain("memory:, file:DIR, sqlite:FILE");
    }

    [Theory]
    [InlineData("redis://:secret@localhost:1/2?prefix=agents:", "localhost:1")]
    [InlineData("rediss://localhost:1", "localhost:1")]
    [InlineData("valkey://:secret@localhost:1", "localhost:1")]
    [InlineData("postgres://ann:secret@localhost:1/agents?schema=memory", "localhost")]
    [InlineData("postgresql://ann:secret@localhost:1/agents", "agents")]
    [InlineData("dynamodb://eu-west-1/agents?endpoint=http://localhost:1", "agents")]
    public async Task Open_AServer_ConnectsLaterAndIsDescribedWithoutSecrets(string text, string shown)
    {
        var url = StoreUrls.Parse(text);
        await using var log = StoreSchemes.BuiltIn.Find(url).Open(url);
        log.Description.ShouldContain(shown);
        $"{log.Description} {log}".ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("redis://:secret@")]
    [InlineData("redis://:secret@localhost:99999")]
    [InlineData("postgres://ann:secret@localhost/")]
    [InlineData("postgres://ann:secret@localhost/agents?nonsense=secret")]
    [InlineData("dynamodb://ann:secret@eu-west-1/agents")]
    public void Open_AServerWithABadUrl_IsAnErrorWithoutSecrets(string text)
    {
        var url = StoreUrls.Parse(text);
        Should.Throw<StateConfigurationException>(() => StoreSchemes.BuiltIn.Find(url).Open(url)).Message.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("sqlite:")]
    [InlineData("file:")]
    [InlineData("file://")]
    public void Open_WithoutAPath_IsAnError(string text)
    {
        var url = StoreUrls.Parse(text);
        var store = StoreSchemes.BuiltIn.Find(url);

        foreach (var error in new[] { Should.Throw<StateConfigurationException>(() => store.Open(url)), Should.Throw<StateConfigurationException>(() => store.Missing(url)) })
        {
            error.Message.ShouldContain($"'{url.Scheme}:' lacks a");
            ErrorReport.Of(error).ExitCode.ShouldBe(ExitCodes.Usage);
        }
    }
}
