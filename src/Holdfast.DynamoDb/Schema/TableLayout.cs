using Amazon.DynamoDBv2;
using Holdfast.DynamoDb.Rows;

namespace Holdfast.DynamoDb.Schema;

/// <summary>What the table is like.</summary>
internal static class TableLayout
{
    // Listings read the heads themselves; these indexes only find them, so they have no more than filters need.
    private static readonly (string Name, string Partition, string Sort)[] Indexes =
    [
        (Attr.ById, Attr.Shard, Attr.Partition),
        (Attr.ByUpdate, Attr.InTenant, Attr.Recent),
        (Attr.ByUser, Attr.OfUser, Attr.Recent),
        (Attr.ByDue, Attr.InSpace, Attr.DueOrder),
    ];

    public static CreateTableRequest CreateRequest(string tableName) => new()
    {
        TableName = tableName,
        BillingMode = BillingMode.PAY_PER_REQUEST,
        AttributeDefinitions =
            [.. Indexes.SelectMany(index => new[] { index.Partition, index.Sort }).Append(Attr.Sort).Distinct().Select(name => new AttributeDefinition(name, ScalarAttributeType.S))],
        KeySchema = Schema(Attr.Partition, Attr.Sort),
        GlobalSecondaryIndexes = [.. Indexes.Select(index => new GlobalSecondaryIndex
        {
            IndexName = index.Name,
            KeySchema = Schema(index.Partition, index.Sort),
            Projection = new() { ProjectionType = ProjectionType.INCLUDE, NonKeyAttributes = [.. HeadItem.Filterable] },
        })],
    };

    /// <summary>What is not as it must be in a table; null if it can be used.</summary>
    public static string? Problem(TableDescription table)
    {
        if (!IsSchema(table.KeySchema, Attr.Partition, Attr.Sort))
        {
            return $"its key is not '{Attr.Partition}' and '{Attr.Sort}'";
        }

        foreach (var (name, partition, sort) in Indexes)
        {
            var index = table.GlobalSecondaryIndexes?.Find(found => found.IndexName == name);
            if (index is null || !IsSchema(index.KeySchema, partition, sort))
            {
                return $"it has no index '{name}' with the key '{partition}' and '{sort}'";
            }

            var projection = index.Projection;
            if (projection.ProjectionType != ProjectionType.ALL && HeadItem.Filterable.Except(projection.NonKeyAttributes ?? []).ToList() is { Count: > 0 } missing)
            {
                return $"its index '{name}' has not the attributes {string.Join(", ", missing)}";
            }
        }

        return null;
    }

    public static bool IsReady(TableDescription table)
        => table.TableStatus == TableStatus.ACTIVE && table.GlobalSecondaryIndexes?.TrueForAll(index => index.IndexStatus == IndexStatus.ACTIVE) != false;

    private static List<KeySchemaElement> Schema(string partition, string sort) => [new(partition, KeyType.HASH), new(sort, KeyType.RANGE)];

    private static bool IsSchema(List<KeySchemaElement>? schema, string partition, string sort)
        => schema?.Count == 2
            && schema.Exists(element => element.AttributeName == partition && element.KeyType == KeyType.HASH)
            && schema.Exists(element => element.AttributeName == sort && element.KeyType == KeyType.RANGE);
}
