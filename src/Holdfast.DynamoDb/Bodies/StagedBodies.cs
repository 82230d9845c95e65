using Holdfast.DynamoDb.Items;
using Holdfast.DynamoDb.Requests;

namespace Holdfast.DynamoDb.Bodies;

/// <summary>The new bodies of a rewrite, from when it begins until they have taken the places of the old ones.</summary>
internal sealed class StagedBodies(Table table)
{
    /// <summary>What a staged item has beside its key: attributes of the entry that it is to replace.</summary>
    private static readonly string[] Names = [Attr.Size, Attr.Body, Attr.Upload, Attr.Chunk, Attr.Chunks];

    public async Task WriteAsync(WorkItem work, long version, StoredBody body, CancellationToken cancellationToken)
    {
        var item = KeyOf(work.Name, version);
        foreach (var (name, value) in body.Attributes)
        {
            if (value is not null)
            {
                item.Add(name, value);
            }
        }

        await table.PutAsync("stage a new body", item, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Those that have not taken their places yet, oldest version first; at most <paramref name="limit"/>.</summary>
    public async Task<List<(long Version, StoredBody Body)>> ReadAsync(string rewrite, long from, long to, int limit, CancellationToken cancellationToken)
    {
        var found = new List<(long, StoredBody)>();
        Item? next = null;
        do
        {
            var expression = new Expression();
            var request = new QueryRequest
            {
                KeyConditionExpression =
                    $"{expression.Is(Attr.Partition, Keys.WorkOn(rewrite))} AND {expression[Attr.Sort]} BETWEEN {expression.Value(Keys.Staged(from))} AND {expression.Value(Keys.Staged(to))}",
                ExpressionAttributeNames = expression.Names,
                ExpressionAttributeValues = expression.Values,
                ConsistentRead = true,
                Limit = limit,
                ExclusiveStartKey = next,
            };
            var response = await table.QueryAsync("read the new bodies of a rewrite", request, cancellationToken).ConfigureAwait(false);
            found.AddRange((response.Items ?? []).Select(item => (Keys.ParseVersion(item[Attr.Sort].S), Read(item))));
            next = response.LastEvaluatedKey is { Count: > 0 } more ? more : null;
        }
        while (next is not null && found.Count < limit);

        return found;
    }

    public static Item KeyOf(string rewrite, long version) => Keys.Item(Keys.WorkOn(rewrite), Keys.Staged(version));

    /// <summary>The attributes that an entry takes from a staged body.</summary>
    public static IEnumerable<KeyValuePair<string, AttributeValue?>> Changes(StoredBody body)
        => Names.Select(name => KeyValuePair.Create(name, body.Attributes[name])).Append(new(Attr.Rewritten, Values.Of(true)));

    private static StoredBody Read(Item item)
        => new((int)(item.Number(Attr.Size) ?? 0), item.GetValueOrDefault(Attr.Body), ChunkRange.Read(item));
}
