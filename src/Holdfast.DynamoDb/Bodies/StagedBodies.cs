using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;

namespace Holdfast.DynamoDb.Bodies;

/// <summary>The new bodies of a rewrite, from when it begins until they have taken the places of the old ones.</summary>
internal sealed class StagedBodies(Table table)
{
    /// <summary>What a staged item has beside its key: attributes of the entry that it is to replace.</summary>
    private static readonly string[] Names = [Attr.Size, Attr.Body, Attr.Upload, Attr.Chunk, Attr.Chunks];

    public async Task WriteAsync(WorkItem work, long version, StagedBody staged, CancellationToken cancellationToken)
    {
        var item = KeyOf(work.Name, version);
        item.AddAll(Changes(staged));
        await table.PutAsync("stage a new body", item, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Those that have not taken their places yet, oldest version first; at most <paramref name="limit"/>.</summary>
    public async Task<List<(long Version, StagedBody Body)>> ReadAsync(string rewrite, long from, long to, int limit, CancellationToken cancellationToken)
    {
        var found = new List<(long, StagedBody)>();
        Item? next = null;
        do
        {
            var request = Table.Range(Keys.WorkOn(rewrite), Keys.Staged(from), Keys.Staged(to));
            (request.Limit, request.ExclusiveStartKey) = (limit, next);
            var response = await table.QueryAsync("read the new bodies of a rewrite", request, cancellationToken).ConfigureAwait(false);
            found.AddRange((response.Items ?? []).Select(item => (Keys.ParseStaged(item[Attr.Sort].S), Read(item))));
            next = response.LastEvaluatedKey is { Count: > 0 } more ? more : null;
        }
        while (next is not null && found.Count < limit);

        return found;
    }

    public static Item KeyOf(string rewrite, long version) => Keys.Item(Keys.WorkOn(rewrite), Keys.Staged(version));

    /// <summary>The attributes that an entry takes from a staged body.</summary>
    public static IEnumerable<KeyValuePair<string, AttributeValue?>> Changes(StagedBody staged)
        => Names.Select(name => KeyValuePair.Create(name, staged.Body.Attributes[name])).Append(new(Attr.Rewritten, Values.Of(staged.Hash)));

    private static StagedBody Read(Item item) => new(
        new((int)(item.Number(Attr.Size) ?? 0), item.GetValueOrDefault(Attr.Body), ChunkRange.Read(item)),
        item.Digest(Attr.Rewritten) ?? throw new CorruptStateException($"A new body that waits for its place in partition '{item[Attr.Partition].S}' has no digest."));
}
