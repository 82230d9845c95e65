using Holdfast.Logs;

namespace Holdfast.Testing.Tests;

/// <summary>The cases for durable logs, on a stand-in: a log whose store is the memory that several logs share.</summary>
public sealed class DurableStandInConformance : LogConformance<DurableStandInFixture>;

/// <summary>The cases for logs that remove expired threads, on a stand-in.</summary>
public sealed class ExpiringStandInConformance : LogConformance<ExpiringStandInFixture>;

/// <summary>The cases for durable logs of one process, on a stand-in.</summary>
[OnlySuites("Durability", "Capabilities")]
public sealed class SingleProcessStandInConformance : LogConformance<SingleProcessStandInFixture>;

/// <summary>The cases about outages, on a stand-in.</summary>
[OnlySuites("Outage", "Durability")]
public sealed class RemoteStandInConformance : LogConformance<RemoteStandInFixture>;

/// <summary>Fault injection without a fault changes nothing.</summary>
public sealed class FaultInjectingConformance : LogConformance<FaultInjectingFixture>;

public class DurableStandInFixture : LogFixture
{
    private readonly InMemoryCommitLog _store = new();

    public override Type LogType => typeof(StandInLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => new(new StandInLog(_store, Capabilities));

    public override ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => CreateAsync(cancellationToken);
}

public class ExpiringStandInFixture : DurableStandInFixture
{
    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess | LogCapabilities.NativeExpiry;

    public override async ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => new ExpiringLog(await base.CreateAsync(cancellationToken));
}

/// <summary>A log that removes a thread that expired a day ago and has no pins when it is next used.</summary>
public class ExpiringLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        await SweepAsync(request.Entry.Key);
        return await Inner.AppendAsync(request, cancellationToken);
    }

    public override async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        await SweepAsync(request.Key);
        return await Inner.GetHeadAsync(request, cancellationToken);
    }

    public override async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        await SweepAsync(request.Key);
        return await Inner.ReadTailAsync(request, cancellationToken);
    }

    protected virtual DateTimeOffset? ExpiryOf(ThreadHead head) => head.ExpiresAt;

    protected virtual bool IsPinned(ThreadHead head) => head.PinCount > 0;

    private async Task SweepAsync(ThreadKey key)
    {
        if (await Inner.GetHeadAsync(key) is { } head && !IsPinned(head) && ExpiryOf(head) <= TimeProvider.System.GetUtcNow().AddDays(-1))
        {
            await Inner.EraseAsync(key);
        }
    }
}

public sealed class SingleProcessStandInFixture : LogFixture
{
    private readonly InMemoryCommitLog _store = new();
    private StandInLog? _open;

    public override Type LogType => typeof(StandInLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken)
    {
        if (_open is { IsDisposed: false })
        {
            throw new StoreUnavailableException("The store is in use by another log.");
        }

        return new(_open = new StandInLog(_store, Capabilities));
    }

    public override ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => CreateAsync(cancellationToken);
}

public class RemoteStandInFixture : DurableStandInFixture
{
    private readonly List<FaultInjectingLog> _logs = [];

    public override bool CanCutOff => true;

    public override async ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken)
    {
        _logs.Add(new(await base.CreateAsync(cancellationToken)));
        return _logs[^1];
    }

    public override ValueTask CutOffAsync(CancellationToken cancellationToken)
    {
        _logs.ForEach(log => log.Every(LogCall.Any).FailsBefore());
        return default;
    }

    public override ValueTask RestoreAsync(CancellationToken cancellationToken)
    {
        _logs.ForEach(log => log.Heal());
        return default;
    }
}

public sealed class FaultInjectingFixture : LogFixture
{
    public override Type LogType => typeof(FaultInjectingLog);

    public override LogCapabilities Capabilities => LogCapabilities.None;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => new(new FaultInjectingLog(new InMemoryCommitLog()));

    public override ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => CreateAsync(cancellationToken);
}

/// <summary>A log over memory that outlives it, so that it can stand in for a durable one.</summary>
public sealed class StandInLog(ICommitLog store, LogCapabilities capabilities) : DelegatingLog(store)
{
    private volatile bool _disposed;

    public bool IsDisposed => _disposed;

    public override LogCapabilities Capabilities => capabilities;

    private ICommitLog Store
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Inner;
        }
    }

    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Store.AppendAsync(request, cancellationToken);

    public override ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => Store.ReadTailAsync(request, cancellationToken);

    public override IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default)
        => Store.ReadAsync(request, cancellationToken);

    public override ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default) => Store.GetHeadAsync(request, cancellationToken);

    public override ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default) => Store.ListAsync(query, cancellationToken);

    public override ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => Store.UpdateHeadAsync(update, cancellationToken);

    public override ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
        => Store.RewriteAsync(request, cancellationToken);

    public override ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => Store.EraseAsync(request, cancellationToken);

    public override ValueTask DisposeAsync()
    {
        _disposed = true;
        return base.DisposeAsync();
    }
}
