using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;
using Holdfast.Testing;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace Holdfast.DynamoDb.Tests;

public sealed class DynamoDbConformance : LogConformance<DynamoDbFixture>;

public sealed class DynamoDbFixture : LogFixture
{
    private TimeProvider _time = TimeProvider.System;

    public override Type LogType => typeof(DynamoDbCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    public override bool CanDamage => true;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => ReopenAsync(cancellationToken);

    public override async ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => await SharedServer.OpenAsync(options => options.TimeProvider = _time);

    public override async ValueTask DamageEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken)
    {
        var entry = await EntryOfAsync(key, version);
        if (ChunkRange.Read(await GetAsync(entry)) is { } chunks)
        {
            entry = chunks.ItemKeys.First();
        }

        await ChangeAsync(entry, item =>
        {
            var body = StoredBody.Read(item)!.Value.ToArray();
            body[body.Length / 2] ^= 1;
            item["body"] = StoredBody.InItem(body).Inline!;
        });
    }

    public override async ValueTask ForgeEntryAsync(ThreadKey key, long version, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        => await ChangeAsync(await EntryOfAsync(key, version), item =>
        {
            foreach (var (name, value) in StagedBodies.Changes(new(StoredBody.InItem(body), Digest.Compute(body.Span))))
            {
                item.Remove(name);
                item.AddAll([new(name, value)]);
            }
        });

    public override async ValueTask LoseEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken)
    {
        // Each read of what is missing waits for a writer that may be about to write it. None is.
        _time = new SkippedTime();
        var entry = await EntryOfAsync(key, version);
        using var client = await SharedServer.ClientAsync();
        await client.DeleteItemAsync(SharedServer.Table, entry, cancellationToken);
    }

    public override async ValueTask DamageHeadAsync(ThreadKey key, CancellationToken cancellationToken)
        => await ChangeAsync(Keys.HeadOf(key), item => item["chain"] = new("no digest"));

    private static async Task<Item> EntryOfAsync(ThreadKey key, long version)
        => Place.Of(key, Place.ParseLife((await GetAsync(Keys.HeadOf(key)))["life"].S)!.Value).Entry(version);

    private static async Task<Item> GetAsync(Item key)
    {
        using var client = await SharedServer.ClientAsync();
        return (await client.GetItemAsync(SharedServer.Table, key, true)).Item;
    }

    private static async Task ChangeAsync(Item key, Action<Item> change)
    {
        var item = await GetAsync(key);
        change(item);
        using var client = await SharedServer.ClientAsync();
        await client.PutItemAsync(SharedServer.Table, item);
    }
}
