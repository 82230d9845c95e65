using System.Globalization;
using System.Text.Json;
using StackExchange.Redis;

namespace Holdfast.Compare.Contestants;

/// <summary>The floor: a list of messages and a hash of variables for each thread, written by hand with StackExchange.Redis in one MULTI a turn.</summary>
internal sealed class FloorRedis(IConnectionMultiplexer connection) : Contestant
{
    private readonly IDatabase _database = connection.GetDatabase();

    public override string Version => PackageVersion.Of<IConnectionMultiplexer>("StackExchange.Redis");

    public static async Task<FloorRedis> ConnectAsync(string address) => new(await ConnectionMultiplexer.ConnectAsync(address));

    public override async Task<bool> SeedAsync(string thread, int count)
    {
        await _database.ListRightPushAsync(MessagesOf(thread), [.. Turn.Messages(thread, count).Select(Encode)]);
        return true;
    }

    public override Task AppendAsync(string thread, Turn turn)
    {
        var transaction = _database.CreateTransaction();
        _ = transaction.ListRightPushAsync(MessagesOf(thread), [Encode(turn.User), Encode(turn.Assistant)]);
        _ = transaction.HashSetAsync(
            VariablesOf(thread), [.. turn.Variables.Select(pair => new HashEntry(pair.Key, JsonSerializer.Serialize(pair.Value)))]);
        return transaction.ExecuteAsync();
    }

    public override async Task<Stored> ReadAsync(string thread, int messages)
    {
        var (texts, variables) = (_database.ListRangeAsync(MessagesOf(thread), -(long)messages), _database.HashGetAllAsync(VariablesOf(thread)));
        return new(
            [.. (await texts).Select(json => JsonSerializer.Deserialize<Message>((string)json!)!.Text)],
            (await variables).ToDictionary(pair => (string)pair.Name!, pair => (string)pair.Value!));
    }

    public override async Task<int> RaceAsync(string thread, Turn turn)
    {
        await ReadAsync(thread, 1);
        await ModelAnswersAsync();
        await AppendAsync(thread, turn);
        return 0;
    }

    public override async ValueTask DisposeAsync() => await connection.CloseAsync();

    private static RedisValue Encode(Message message) => JsonSerializer.Serialize(message);

    private static RedisKey MessagesOf(string thread) => string.Create(CultureInfo.InvariantCulture, $"floor:messages:{thread}");

    private static RedisKey VariablesOf(string thread) => string.Create(CultureInfo.InvariantCulture, $"floor:variables:{thread}");
}
