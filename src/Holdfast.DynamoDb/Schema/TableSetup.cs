using Holdfast.DynamoDb.Connecting;

namespace Holdfast.DynamoDb.Schema;

/// <summary>Makes the table, where that was asked for, before the first request.</summary>
internal sealed class TableSetup(Sender sender, DynamoDbLogOptions options) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _one = new(1);
    private volatile bool _ready = !options.CreateTable;

    /// <exception cref="StateConfigurationException">There is a table of this name that cannot be used.</exception>
    public ValueTask EnsureAsync(CancellationToken cancellationToken) => _ready ? default : new(MakeAsync(cancellationToken));

    public void Dispose() => _one.Dispose();

    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_ready)
            {
                return;
            }

            var begun = options.TimeProvider.GetTimestamp();
            while (true)
            {
                var table = await DescribeAsync(cancellationToken).ConfigureAwait(false);
                if (table is null)
                {
                    await CreateAsync(cancellationToken).ConfigureAwait(false);
                }
                else if (TableLayout.Problem(table) is { } problem)
                {
                    throw new StateConfigurationException(
                        $"The DynamoDB table '{options.TableName}' cannot be used: {problem}. Name another table in DynamoDbLogOptions.TableName, or make it as docs/dynamodb.md shows.");
                }
                else if (TableLayout.IsReady(table))
                {
                    _ready = true;
                    return;
                }

                if (options.TimeProvider.GetElapsedTime(begun) > Patience)
                {
                    throw new StoreUnavailableException($"The DynamoDB table '{options.TableName}' was not ready within {Patience} of its making.");
                }

                await Task.Delay(Pause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<TableDescription?> DescribeAsync(CancellationToken cancellationToken)
    {
        var request = new DescribeTableRequest(options.TableName);
        var response = await sender.SendAsync(
            "describe the table",
            async (client, token) =>
            {
                try
                {
                    return await client.DescribeTableAsync(request, token).ConfigureAwait(false);
                }
                catch (ResourceNotFoundException)
                {
                    return new() { Table = null };
                }
            },
            cancellationToken).ConfigureAwait(false);
        return response.Table;
    }

    private Task<bool> CreateAsync(CancellationToken cancellationToken) => sender.SendAsync(
        "create the table",
        async (client, token) =>
        {
            try
            {
                await client.CreateTableAsync(TableLayout.CreateRequest(options.TableName), token).ConfigureAwait(false);
                return true;
            }
            catch (ResourceInUseException)
            {
                // Another process was faster, or an earlier attempt had succeeded.
                return false;
            }
        },
        cancellationToken);
}
