using Holdfast.Postgres.Listing;
using Holdfast.Testing.Shared;

namespace Holdfast.Postgres.Tests;

/// <summary>Threads whose ids begin alike are found, whatever characters they have, in each order and page by page.</summary>
public sealed class IdPrefixTests
{
    private static readonly string[] Prefixes =
    [
        "a", "a%", "a_", "a\\", "ab", "a/", "aé", "a~", "a\ud7ff", "a\ue000", "a\uffff", "~", "\ud7ff", "\ue000", "🦑", "🦑🦑", "🦒", "\udbff\udfff", "\udbff\udfff\udbff\udfff",
        "'", "[", "%", "_", "z", "a*", "a?", "A", "nothing begins like this",
    ];

    [Fact]
    public async Task List_ByPrefix_HasWhatBeginsWithItAndNothingElse()
    {
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());
        await IdPrefixes.WriteAsync(log);

        foreach (var prefix in Prefixes)
        {
            await IdPrefixes.ExpectAsync(log, prefix, (null, 100), (null, 1), (null, 3), ("ann", 2));
        }
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("a~", "a\u007f")]
    [InlineData("\ud7ff", "\ue000")]
    [InlineData("\uffff", "\ud800\udc00")]
    [InlineData("a\udbff\udfff", "b")]
    [InlineData("a\udbff\udfff\udbff\udfff", "b")]
    [InlineData("\udbff\udfff", null)]
    [InlineData("\udbff\udfff\udbff\udfff", null)]
    public void End_OfAPrefix_IsTheFirstTextAfterAllThatBeginWithIt(string prefix, string? end)
        => PrefixRange.End(prefix).ShouldBe(end);

    [Fact]
    public async Task List_ByAPrefixThatNoIdCanHave_IsRefused()
    {
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());

        await IdPrefixes.ExpectRefusalsAsync(log);
    }
}
