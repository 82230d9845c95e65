using Amazon.DynamoDBv2;
using Holdfast.DynamoDb.Schema;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A table without point-in-time recovery is told of, where that can be found out.</summary>
public sealed class AdviceTests
{
    [Fact]
    public void Advice_IsGivenOfWhatIsKnownToBeOff()
    {
        RecoveryAdvice.Judge(PointInTimeRecoveryStatus.DISABLED, "t").ShouldHaveSingleItem().Code.ShouldBe(AdviceCodes.DynamoDbRecovery);
        RecoveryAdvice.Judge(PointInTimeRecoveryStatus.ENABLED, "t").ShouldBeEmpty();
        RecoveryAdvice.Judge(null, "t").ShouldBeEmpty();
    }

    // The server on this machine has no backups and may not know the question.
    [Fact]
    public async Task Advice_OfAServerOnThisMachine_IsNone()
    {
        await using var log = await SharedServer.OpenAsync();

        (await log.GetAdviceAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }
}
