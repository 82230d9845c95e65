using Amazon.DynamoDBv2;
using Holdfast.DynamoDb.Rows;
using Holdfast.DynamoDb.Schema;

namespace Holdfast.DynamoDb.Connecting;

/// <summary>The requests on the one table. Every read of an item is strongly consistent; only listings read indexes.</summary>
internal sealed class Table(Sender sender, TableSetup setup, string name)
{
    /// <summary>How many items a transaction may have.</summary>
    public const int TransactionLimit = 100;

    private const int BatchLimit = 100;

    /// <summary>A strongly consistent query for the items of a partition between two sort keys, both included.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="from">The first sort key.</param>
    /// <param name="to">The last sort key.</param>
    /// <param name="expression">Collects what else the caller's expressions of the request name; null if they name nothing.</param>
    public static QueryRequest Range(string partition, string from, string to, Expression? expression = null)
    {
        expression ??= new();
        var condition = $"{expression.Is(Attr.Partition, partition)} AND {expression[Attr.Sort]} BETWEEN {expression.Value(from)} AND {expression.Value(to)}";
        return new()
        {
            KeyConditionExpression = condition,
            ExpressionAttributeNames = expression.Names,
            ExpressionAttributeValues = expression.Values,
            ConsistentRead = true,
        };
    }

    public async ValueTask<Item?> GetAsync(string what, Item key, CancellationToken cancellationToken)
    {
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        var request = new GetItemRequest { TableName = name, Key = key, ConsistentRead = true };
        var response = await sender.SendAsync(what, (client, token) => client.GetItemAsync(request, token), cancellationToken).ConfigureAwait(false);
        return response.Item is { Count: > 0 } item ? item : null;
    }

    /// <summary>The head of a thread; null when there is none.</summary>
    public async ValueTask<HeadItem?> GetHeadAsync(ThreadKey key, CancellationToken cancellationToken)
        => await GetAsync($"read the head of thread '{key}'", Keys.HeadOf(key), cancellationToken).ConfigureAwait(false) is { } item ? HeadItem.Read(item, key) : null;

    /// <summary>What of the head of a thread finds its entries; null when there is no head.</summary>
    public async ValueTask<HeadItem?> GetBoundsAsync(ThreadKey key, CancellationToken cancellationToken)
        => await GetAsync($"read the head of thread '{key}'", Keys.HeadOf(key), cancellationToken).ConfigureAwait(false) is { } item ? HeadItem.ReadBounds(item, key) : null;

    /// <summary>Gets those of the items that are there, in any order.</summary>
    public async Task<List<Item>> GetManyAsync(string what, IReadOnlyCollection<Item> keys, CancellationToken cancellationToken)
    {
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        var batches = await Task.WhenAll(keys.Chunk(BatchLimit).Select(batch => GetBatchAsync(what, [.. batch], cancellationToken))).ConfigureAwait(false);
        return [.. batches.SelectMany(batch => batch)];
    }

    public async ValueTask<QueryResponse> QueryAsync(string what, QueryRequest request, CancellationToken cancellationToken)
    {
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        request.TableName = name;
        return await sender.SendAsync(what, (client, token) => client.QueryAsync(request, token), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask PutAsync(string what, Item item, CancellationToken cancellationToken)
    {
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        var request = new PutItemRequest { TableName = name, Item = item };
        await sender.SendAsync(what, (client, token) => client.PutItemAsync(request, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Changes attributes of an item if the condition holds.</summary>
    /// <returns>Whether it held.</returns>
    public async ValueTask<bool> UpdateAsync(
        string what, Item key, Expression expression, string condition, IEnumerable<KeyValuePair<string, AttributeValue?>> attributes, CancellationToken cancellationToken)

        // A transaction of one: its token sees to it that a request which was sent again is neither done twice, nor late, nor taken for one that did not hold.
        => await TransactAsync(what, [Update(key, expression, condition, attributes)], cancellationToken).ConfigureAwait(false) is null;

    /// <summary>Changes attributes of an item if the condition holds, at half the price of a transaction.</summary>
    /// <remarks>A request whose answer was lost is carried out again.</remarks>
    /// <returns>The item after it; null if the condition does not hold.</returns>
    public async ValueTask<Item?> UpdatePlainAsync(string what, Item key, Expression expression, string condition, string update, CancellationToken cancellationToken)
    {
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        var request = new UpdateItemRequest
        {
            TableName = name,
            Key = key,
            ConditionExpression = condition,
            UpdateExpression = update,
            ExpressionAttributeNames = expression.Names,
            ExpressionAttributeValues = expression.Values,
            ReturnValues = ReturnValue.ALL_NEW,
        };
        try
        {
            return (await sender.WriteAsync(what, (client, token) => client.UpdateItemAsync(request, token), cancellationToken).ConfigureAwait(false)).Attributes;
        }
        catch (ConditionalCheckFailedException)
        {
            return null;
        }
    }

    /// <summary>Deletes an item, if it is there.</summary>
    public async ValueTask DeleteAsync(string what, Item key, CancellationToken cancellationToken)
    {
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        var request = new DeleteItemRequest { TableName = name, Key = key };
        await sender.SendAsync(what, (client, token) => client.DeleteItemAsync(request, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes all or nothing.</summary>
    /// <returns>Null when all was written; otherwise nothing was, and these are the reasons, one for each write, of which at least one is a condition that did not hold.</returns>
    public async ValueTask<List<CancellationReason>?> TransactAsync(string what, List<TransactWriteItem> writes, CancellationToken cancellationToken)
    {
        await ReadyAsync(cancellationToken).ConfigureAwait(false);

        // One token for this call: sent again after an answer was lost, the request is not carried out twice and answers as it did before. It is not made
        // of the commit id, because for ten minutes it would also take the same commit to a thread that was erased and begun anew for done.
        var request = new TransactWriteItemsRequest { TransactItems = writes, ClientRequestToken = Guid.NewGuid().ToString() };
        try
        {
            await sender.WriteAsync(what, (client, token) => client.TransactWriteItemsAsync(request, token), cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (TransactionCanceledException e)
        {
            return e.CancellationReasons;
        }
    }

    public TransactWriteItem Put(Item item, Expression? expression = null, string? condition = null) => new()
    {
        Put = new()
        {
            TableName = name,
            Item = item,
            ConditionExpression = condition,
            ExpressionAttributeNames = expression?.Names,
            ExpressionAttributeValues = expression?.Values,
            ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
        },
    };

    public TransactWriteItem Update(Item key, Expression expression, string? condition, IEnumerable<KeyValuePair<string, AttributeValue?>> attributes)
    {
        var update = new Update
        {
            TableName = name,
            Key = key,
            ConditionExpression = condition,
            UpdateExpression = expression.Update(attributes),
            ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
        };
        (update.ExpressionAttributeNames, update.ExpressionAttributeValues) = (expression.Names, expression.Values);
        return new() { Update = update };
    }

    public TransactWriteItem Delete(Item key, Expression? expression = null, string? condition = null) => new()
    {
        Delete = new()
        {
            TableName = name,
            Key = key,
            ConditionExpression = condition,
            ExpressionAttributeNames = expression?.Names,
            ExpressionAttributeValues = expression?.Values,
        },
    };

    public TransactWriteItem Check(Item key, Expression expression, string condition) => new()
    {
        ConditionCheck = new()
        {
            TableName = name,
            Key = key,
            ConditionExpression = condition,
            ExpressionAttributeNames = expression.Names,
            ExpressionAttributeValues = expression.Values,
        },
    };

    private async Task<List<Item>> GetBatchAsync(string what, List<Item> keys, CancellationToken cancellationToken)
    {
        var found = new List<Item>(keys.Count);
        var round = 0;
        while (keys.Count > 0)
        {
            var request = new BatchGetItemRequest { RequestItems = new() { [name] = new() { Keys = keys, ConsistentRead = true } } };
            var response = await sender.SendAsync(what, (client, token) => client.BatchGetItemAsync(request, token), cancellationToken).ConfigureAwait(false);

            // Of the one table that was asked for, whether the service calls it by its name or its ARN.
            found.AddRange(response.Responses?.Values.SelectMany(items => items) ?? []);
            List<Item> left = [.. response.UnprocessedKeys?.Values.SelectMany(unprocessed => unprocessed.Keys) ?? []];
            if (left.Count > 0)
            {
                // More than an answer can hold, or throttled: as long as it goes on, there is no reason to wait longer and longer.
                round = left.Count < keys.Count ? 1 : round + 1;
                await sender.PauseAsync(round, cancellationToken).ConfigureAwait(false);
            }

            keys = left;
        }

        return found;
    }

    private ValueTask ReadyAsync(CancellationToken cancellationToken)
    {
        sender.ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        return setup.EnsureAsync(cancellationToken);
    }
}
