using System.Collections.Concurrent;
using System.Text.Json;

namespace Holdfast.Compare.Contestants;

/// <summary>The whole state as one JSON document, which every turn writes again: what most teams write by hand. The state stays in memory between turns, so that a turn reads nothing.</summary>
internal sealed class BlobContestant(IBlobPlace place) : Contestant
{
    private readonly ConcurrentDictionary<string, State> _states = [];

    public override string Version => place.Version;

    public override bool Blocks => place.Blocks;

    public override async Task<bool> SeedAsync(string thread, int count)
    {
        var state = _states[thread] = new([.. Turn.Messages(thread, count)], []);
        await WriteAsync(place, thread, state);
        return true;
    }

    public override Task AppendAsync(string thread, Turn turn)
    {
        var state = _states.GetOrAdd(thread, static _ => new([], []));
        state.Add(turn);
        return WriteAsync(place, thread, state);
    }

    public override async Task<Stored> ReadAsync(string thread, int messages)
    {
        await using var another = await place.OpenAnotherAsync();
        var state = await LoadAsync(another, thread);
        return new(
            [.. state.Messages.TakeLast(messages).Select(message => message.Text)],
            state.Variables.ToDictionary(pair => pair.Key, pair => JsonSerializer.Serialize(pair.Value, JsonSerializerOptions.Web)));
    }

    public override async Task<int> RaceAsync(string thread, Turn turn)
    {
        await using var another = await place.OpenAnotherAsync();
        var state = await LoadAsync(another, thread);
        await ModelAnswersAsync();
        state.Add(turn);
        await WriteAsync(another, thread, state);
        return 0;
    }

    public override ValueTask DisposeAsync() => place.DisposeAsync();

    private static async Task<State> LoadAsync(IBlobPlace place, string thread)
        => await place.ReadAsync(thread) is { } json ? JsonSerializer.Deserialize<State>(json, JsonSerializerOptions.Web)! : new([], []);

    private static Task WriteAsync(IBlobPlace place, string thread, State state) => place.WriteAsync(thread, JsonSerializer.SerializeToUtf8Bytes(state, JsonSerializerOptions.Web));

    private sealed record State(List<Message> Messages, Dictionary<string, object> Variables)
    {
        public void Add(Turn turn)
        {
            Messages.Add(turn.User);
            Messages.Add(turn.Assistant);
            foreach (var (name, value) in turn.Variables)
            {
                Variables[name] = value;
            }
        }
    }
}
