using System.Text.Json;
using Orleans.Concurrency;

namespace Holdfast.Compare.Contestants;

/// <summary>Keeps its thread in memory, and writes all of it after each turn: the persistence of grains as Orleans documents it.</summary>
internal sealed class ConversationGrain([PersistentState("conversation")] IPersistentState<ConversationState> state) : Grain, IConversationGrain
{
    public Task SeedAsync(Immutable<IReadOnlyList<Message>> messages)
    {
        state.State.Messages = [.. messages.Value];
        return state.WriteStateAsync();
    }

    public async Task AddAsync(Immutable<Turn> turn, TimeSpan modelTime)
    {
        if (modelTime > TimeSpan.Zero)
        {
            await Task.Delay(modelTime, TimeProvider.System);
        }

        state.State.Messages.Add(turn.Value.User);
        state.State.Messages.Add(turn.Value.Assistant);
        foreach (var (name, value) in turn.Value.Variables)
        {
            state.State.Variables[name] = value;
        }

        await state.WriteStateAsync();
    }

    public async Task<Immutable<Stored>> ReloadAsync(int messages)
    {
        await state.ReadStateAsync();
        return new Stored(
            [.. state.State.Messages.TakeLast(messages).Select(message => message.Text)],
            state.State.Variables.ToDictionary(pair => pair.Key, pair => JsonSerializer.Serialize(pair.Value, JsonSerializerOptions.Web))).AsImmutable();
    }
}
