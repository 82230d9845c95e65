using Holdfast.Servers;

namespace Holdfast.Postgres.Tests;

/// <summary>What is likely not meant about the server, and what is before it, is told.</summary>
public sealed class AdviceTests
{
    [Fact]
    public async Task Advice_OfADurableServer_IsNone()
    {
        var options = await SharedServer.NewSchemaAsync();
        options.PrepareStatements = true;
        await using var log = new PostgresCommitLog(options);

        (await log.GetAdviceAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Advice_WhereCommitsAreAcknowledgedBeforeTheyAreOnTheDisk_SaysSo()
    {
        await using var log = new PostgresCommitLog(await SharedServer.NewSchemaAsync("Options=-c synchronous_commit=off"));

        (await log.GetAdviceAsync(TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Code.ShouldBe(AdviceCodes.PostgresDurability);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Advice_BehindAPooler_IsAboutPreparedStatements(bool prepares)
    {
        var options = await SharedServer.NewSchemaAsync();
        options.ConnectionString = (await SharedServer.GetAsync()).ConnectionString((await SharedServer.GetPoolerAsync()).Port, "postgres", "");
        options.PrepareStatements = prepares;
        await using var log = new PostgresCommitLog(options);

        (await log.GetAdviceAsync(TestContext.Current.CancellationToken)).Select(advice => advice.Code).ShouldBe(prepares ? [AdviceCodes.PostgresPooler] : []);
    }
}
