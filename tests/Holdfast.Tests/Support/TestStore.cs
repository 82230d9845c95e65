using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>A store on a log in memory that can be watched and made to fail, with a clock that stands still.</summary>
internal sealed class TestStore
{
    private readonly Action<AgentStateOptions>? _configure;

    public TestStore(Action<AgentStateOptions>? configure = null)
    {
        _configure = configure;
        Log = new(Memory);
        Faults = new(Log);
        Store = Another();
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));

    public InMemoryCommitLog Memory { get; } = new();

    /// <summary>Counts what reaches the log.</summary>
    public ObservedLog Log { get; }

    /// <summary>Fails on demand, above <see cref="Log"/>.</summary>
    public FaultInjectingLog Faults { get; }

    public AgentStateStore Store { get; }

    /// <summary>Another store on the same log and clock, as another process would have it.</summary>
    public AgentStateStore Another(Action<AgentStateOptions>? configure = null)
    {
        var options = new AgentStateOptions { TimeProvider = Clock };
        (configure ?? _configure)?.Invoke(options);
        return new(Faults, options);
    }

    /// <summary>Commits one change to a thread.</summary>
    public async Task<CommitInfo> CommitAsync(ThreadId id, Action<ThreadSession> change, OpenOptions? options = null)
    {
        var session = await Store.OpenAsync(id, options);
        change(session);
        return await session.CommitAsync();
    }

    /// <summary>Every visible message of a thread, as text.</summary>
    public async Task<List<string>> TextsAsync(ThreadId id) => await (await Store.OpenAsync(id)).History.TextsAsync();

    /// <summary>The bodies of a thread as they are stored.</summary>
    public async Task<List<string>> BodiesAsync(ThreadId id) => [.. (await EntriesAsync(id)).Select(entry => System.Text.Encoding.UTF8.GetString(entry.Body.Span))];

    public async Task<List<LogEntry>> EntriesAsync(ThreadId id)
    {
        var entries = new List<LogEntry>();
        await foreach (var entry in Memory.ReadAsync(ThreadKey.Of(id)))
        {
            entries.Add(entry);
        }

        return entries;
    }
}
