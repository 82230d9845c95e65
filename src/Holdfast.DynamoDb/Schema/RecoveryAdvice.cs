using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Holdfast.DynamoDb.Connecting;

namespace Holdfast.DynamoDb.Schema;

/// <summary>Finds whether the table can be brought back to an earlier point in time.</summary>
internal static class RecoveryAdvice
{
    /// <summary>Asks once. Credentials may lack the permission <c>DescribeContinuousBackups</c>, and what only speaks like DynamoDB may not know it: then nothing is said.</summary>
    public static async Task<IReadOnlyList<Advice>> FindAsync(Sender sender, string table, CancellationToken cancellationToken)
    {
        var status = await sender.SendAsync(
            "look at the backups of the table",
            async (client, token) =>
            {
                try
                {
                    return (await client.DescribeContinuousBackupsAsync(new DescribeContinuousBackupsRequest { TableName = table }, token).ConfigureAwait(false))
                        .ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
                }
                catch (AmazonDynamoDBException)
                {
                    return null;
                }
            },
            cancellationToken).ConfigureAwait(false);
        return Judge(status, table);
    }

    /// <summary>What is said of a status; null if it is not known.</summary>
    public static IReadOnlyList<Advice> Judge(PointInTimeRecoveryStatus? status, string table) => status != PointInTimeRecoveryStatus.DISABLED ? [] :
    [
        new(AdviceCodes.DynamoDbRecovery,
            $"The table '{table}' has no point-in-time recovery: what is deleted or overwritten by mistake cannot be brought back.",
            "Turn it on: `aws dynamodb update-continuous-backups --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`."),
    ];
}
