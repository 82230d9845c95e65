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
        var url = StoreUrl.Parse(text);
        url.Scheme.ShouldBe(scheme);
        url.Path.ShouldBe(path);
    }

    [Theory]
    [InlineData("holdfast.db", "sqlite:holdfast.db")]
    [InlineData(":memory:", "sqlite:holdfast.db")]
    [InlineData("a b:c", "sqlite:holdfast.db")]
    public void Parse_WithoutAScheme_IsAnErrorThatShowsOne(string text, string example)
    {
        var error = Should.Throw<ToolException>(() => StoreUrl.Parse(text));
        error.ExitCode.ShouldBe(ExitCodes.Usage);
        error.Hint.ShouldNotBeNull().ShouldContain(example);
    }

    [Fact]
    public void Find_AnUnknownScheme_ListsTheKnownOnesAndKeepsSecrets()
    {
        var error = Should.Throw<ToolException>(() => StoreSchemes.BuiltIn.Find(StoreUrl.Parse("tape://user:secret@host")));
        error.Message.ShouldNotContain("secret");
        error.Hint.ShouldNotBeNull().ShouldContain("memory:, file:DIR, sqlite:FILE");
    }

    [Theory]
    [InlineData("redis://:secret@localhost:1/2?prefix=agents:", "localhost:1")]
    [InlineData("rediss://localhost:1", "localhost:1")]
    [InlineData("postgres://ann:secret@localhost:1/agents?schema=memory", "localhost")]
    [InlineData("postgresql://ann:secret@localhost:1/agents", "agents")]
    [InlineData("dynamodb://eu-west-1/agents?endpoint=http://localhost:1", "agents")]
    public async Task Open_AServer_ConnectsLaterAndIsDescribedWithoutSecrets(string text, string shown)
    {
        var url = StoreUrl.Parse(text);
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
        var url = StoreUrl.Parse(text);
        Should.Throw<StateConfigurationException>(() => StoreSchemes.BuiltIn.Find(url).Open(url)).Message.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("sqlite:")]
    [InlineData("file:")]
    [InlineData("file://")]
    public void Open_WithoutAPath_IsAnError(string text)
    {
        var url = StoreUrl.Parse(text);
        Should.Throw<ToolException>(() => StoreSchemes.BuiltIn.Find(url).Open(url)).ExitCode.ShouldBe(ExitCodes.Usage);
    }
}
