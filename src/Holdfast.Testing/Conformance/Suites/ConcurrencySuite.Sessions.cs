using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Holdfast.Testing.Suites;

// Stores on the log, whose sessions race on one thread and rebase. All are kept, and they do not meet again and again.
internal static partial class ConcurrencySuite
{
    private const int Writers = 20;

    public static async Task TwentySessionsOfOneStore_ThatRebase_AreAllKeptWithFewConflicts(LogUnderTest test)
    {
        var conflicts = new ConflictCounter();
        var store = new AgentStateStore(test.Log, logger: conflicts).ForTenant(test.Tenant);

        await RaceAsync([.. Enumerable.Repeat(store, Writers)], new() { RebaseOnConflict = true }, session => session.CommitAsync());

        Expect.That(conflicts.Count <= 3 * Writers, $"{Writers} sessions met {conflicts.Count} conflicts; at most {3 * Writers} are expected of those of one store");
    }

    public static async Task TwentySessionsOfFourStores_ThatRebaseByHand_AreAllKept(LogUnderTest test)
    {
        var conflicts = new ConflictCounter();
        var stores = Enumerable.Range(0, 4).Select(_ => new AgentStateStore(test.Log, logger: conflicts).ForTenant(test.Tenant)).ToList();

        await RaceAsync([.. Enumerable.Range(0, Writers).Select(i => stores[i % 4])], new(), async session =>
        {
            while (true)
            {
                try
                {
                    return await session.CommitAsync(cancellationToken: test.Cancellation);
                }
                catch (CommitConflictException)
                {
                    await session.RebaseAsync(test.Cancellation);
                }
            }
        });

        // How often they meet depends on the machine; without waits between the attempts it would be several times as often.
        Expect.That(conflicts.Count <= 6 * Writers, $"{Writers} sessions met {conflicts.Count} conflicts; at most {6 * Writers} are expected");
    }

    private static async Task RaceAsync(List<AgentStateStore> stores, OpenOptions open, Func<ThreadSession, ValueTask<CommitInfo>> commit)
    {
        var sessions = new List<ThreadSession>();
        foreach (var store in stores)
        {
            var session = await store.OpenAsync("raced", open);
            session.History.Add(ChatRole.User, $"{sessions.Count}");
            sessions.Add(session);
        }

        AgentState? loaded;
        try
        {
            await Task.WhenAll(sessions.Select(session => Task.Run(async () => await commit(session))));
            loaded = await stores[0].LoadAsync("raced");
        }
        catch (AgentStateException e)
        {
            throw new ConformanceException($"{Writers} sessions that rebase on one thread are all kept; one was told: {e.Message}", e);
        }

        var state = Expect.NotNull(loaded, "the state of the thread that was raced on");
        Expect.Equal(Writers, state.Version, "the version after the race");
        Expect.Sequence(
            Enumerable.Range(0, Writers).Select(i => $"{i}").Order(StringComparer.Ordinal),
            state.Messages.Select(message => message.Text).Order(StringComparer.Ordinal),
            "the messages after the race");
    }

    private sealed class ConflictCounter : ILogger<AgentStateStore>
    {
        private const int ConflictEvent = 1;
        private int _count;

        public int Count => _count;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == ConflictEvent)
            {
                Interlocked.Increment(ref _count);
            }
        }
    }
}
