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
    [InlineData("sqlite:")]
    [InlineData("file:")]
    [InlineData("file://")]
    public void Open_WithoutAPath_IsAnError(string text)
    {
        var url = StoreUrl.Parse(text);
        Should.Throw<ToolException>(() => StoreSchemes.BuiltIn.Find(url).Open(url)).ExitCode.ShouldBe(ExitCodes.Usage);
    }
}
