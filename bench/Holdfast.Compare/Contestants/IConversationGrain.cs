using Orleans.Concurrency;

namespace Holdfast.Compare.Contestants;

/// <summary>A thread as a grain of Orleans.</summary>
internal interface IConversationGrain : IGrainWithStringKey
{
    Task SeedAsync(Immutable<IReadOnlyList<Message>> messages);

    /// <summary>Adds a turn and writes the state.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="modelTime">How long the model takes before.</param>
    Task AddAsync(Immutable<Turn> turn, TimeSpan modelTime);

    /// <summary>Reads the state from the storage again.</summary>
    Task<Immutable<Stored>> ReloadAsync(int messages);
}
