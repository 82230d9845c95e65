using System.Globalization;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>What a case works with: a log on a store of its own, or at least with tenants of its own.</summary>
internal sealed class LogUnderTest : IAsyncDisposable
{
    private readonly LogFixture _fixture;
    private readonly List<ICommitLog> _opened;
    private int _threads;

    private LogUnderTest(LogFixture fixture, ICommitLog log, CancellationToken cancellationToken)
    {
        _fixture = fixture;
        _opened = [log];
        Log = log;
        Cancellation = cancellationToken;
        Tenant = "t" + Guid.NewGuid().ToString("N");
    }

    /// <summary>The log; after <see cref="RestartAsync"/> the one that was opened last.</summary>
    public ICommitLog Log { get; private set; }

    /// <summary>A tenant that no other case uses.</summary>
    public string Tenant { get; }

    /// <summary>What the fixture says that the log can do.</summary>
    public LogCapabilities Capabilities => _fixture.Capabilities;

    /// <summary>Ends the case when it has taken too long.</summary>
    public CancellationToken Cancellation { get; }

    public static async Task<LogUnderTest> CreateAsync(LogFixture fixture, CancellationToken cancellationToken)
        => new(fixture, await fixture.CreateAsync(cancellationToken), cancellationToken);

    /// <summary>A thread that is not there yet.</summary>
    public ThreadWriter NewThread()
        => NewThread("thread-" + Interlocked.Increment(ref _threads).ToString(CultureInfo.InvariantCulture));

    /// <summary>The thread <paramref name="id"/> of the case's tenant, which is not there yet.</summary>
    public ThreadWriter NewThread(string id) => new(ThreadKey.Of(Tenant, id));

    /// <summary>The thread <paramref name="id"/> of another tenant that no other case uses, which is not there yet.</summary>
    public ThreadWriter NewThread(string tenant, string id) => new(ThreadKey.Of(Tenant + tenant, id));

    /// <summary>The thread <paramref name="id"/> of the case's tenant in another space, which is not there yet.</summary>
    public ThreadWriter NewThread(ThreadSpace space, string id) => new(ThreadKey.Of(space, Tenant, id));

    /// <summary>The pin of a thread that nobody has.</summary>
    public Pin NewPin(long from = 1, long to = 1) => new() { Life = CommitId.New(TimeProvider.System), Key = NewThread().Key, From = from, To = to };

    /// <summary>A thread with <paramref name="count"/> entries, of which some are keyframes.</summary>
    public async Task<ThreadWriter> WriteThreadAsync(int count, params long[] keyframes)
    {
        var thread = NewThread();
        await thread.AppendManyAsync(Log, count, keyframes, Cancellation);
        return thread;
    }

    /// <summary>A thread with one entry and a head of its own.</summary>
    public async Task<ThreadWriter> WriteThreadAsync(string id, Func<ThreadHead, ThreadHead> head)
    {
        var thread = NewThread(id);
        await thread.AppendAsync(Log, new() { Head = head }, Cancellation);
        return thread;
    }

    /// <summary>Opens another log on the same store, beside those that are open.</summary>
    public async Task<ICommitLog> OpenAnotherAsync()
    {
        var log = await _fixture.ReopenAsync(Cancellation);
        _opened.Add(log);
        return log;
    }

    /// <summary>Closes all logs on the store, and opens one on it.</summary>
    public async Task RestartAsync()
    {
        await CloseAsync();
        Log = await OpenAnotherAsync();
    }

    /// <summary>Closes all logs on the store, damages what is stored, and opens a log on it.</summary>
    public async Task DamageAsync(Func<LogFixture, ValueTask> damage)
    {
        await CloseAsync();
        await damage(_fixture);
        Log = await OpenAnotherAsync();
    }

    /// <summary>Cuts the log off from its store while something is done.</summary>
    public async Task WhileCutOffAsync(Func<Task> action)
    {
        await _fixture.CutOffAsync(Cancellation);
        try
        {
            await action();
        }
        finally
        {
            await _fixture.RestoreAsync(CancellationToken.None);
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private async ValueTask CloseAsync()
    {
        foreach (var log in _opened)
        {
            await log.DisposeAsync();
        }

        _opened.Clear();
    }
}
