using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>A log that fails, or waits, as a test wants it: <c>log.Next(LogCall.Append).FailsAfter();</c></summary>
/// <remarks>Thread safe. Without a planned fault it is the log that it wraps. It does not own that log: disposing of it leaves that log open.</remarks>
public sealed class FaultInjectingLog : ICommitLog
{
    private readonly ICommitLog _inner;
    private readonly Lock _lock = new();
    private readonly Dictionary<LogCall, int> _calls = [];
    private ImmutableArray<FaultPlan> _plans = [];

    /// <summary>Wraps <paramref name="inner"/>.</summary>
    public FaultInjectingLog(ICommitLog inner)
    {
        _inner = inner ?? throw new ArgumentNullException(nameof(inner));
        Capabilities = inner.Capabilities;
    }

    /// <summary>What the log says that it can do. A test may add <see cref="LogCapabilities.Remote"/>, so that a store repeats the calls that fail.</summary>
    /// <value>The default is what the wrapped log says.</value>
    public LogCapabilities Capabilities { get; init; }

    /// <inheritdoc/>
    public string Description => _inner.Description;

    /// <summary>The next such call, or the next few of them.</summary>
    /// <param name="calls">Which calls; several kinds are counted together.</param>
    /// <param name="count">How many, from now on: 1 or more.</param>
    public FaultPlan Next(LogCall calls, int count = 1) => Plan(calls, 1, count);

    /// <summary>The <paramref name="number"/>th such call from now on: 1 is the next.</summary>
    public FaultPlan Nth(int number, LogCall calls) => Plan(calls, number, number);

    /// <summary>Every such call until <see cref="Heal"/>.</summary>
    public FaultPlan Every(LogCall calls) => Plan(calls, 1, int.MaxValue);

    /// <summary>Forgets all planned faults. Calls that wait at a gate go on waiting for it.</summary>
    public void Heal()
    {
        lock (_lock)
        {
            _plans = [];
        }
    }

    /// <summary>How many such calls were made, whatever came of them.</summary>
    public int CountOf(LogCall calls)
    {
        lock (_lock)
        {
            return _calls.Where(call => calls.HasFlag(call.Key)).Sum(call => call.Value);
        }
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => CallAsync(LogCall.Append, () => _inner.AppendAsync(request, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => CallAsync(LogCall.ReadTail, () => _inner.ReadTailAsync(request, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var faults = await BeginAsync(LogCall.Read, cancellationToken).ConfigureAwait(false);
        var isFirst = true;
        await foreach (var entry in _inner.ReadAsync(request, cancellationToken).ConfigureAwait(false))
        {
            if (!isFirst)
            {
                await EndAsync(faults).ConfigureAwait(false);
                faults = [];
            }

            isFirst = false;
            yield return entry;
        }

        await EndAsync(faults).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => CallAsync(LogCall.GetHead, () => _inner.GetHeadAsync(request, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => CallAsync(LogCall.List, () => _inner.ListAsync(query, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => CallAsync(LogCall.UpdateHead, () => _inner.UpdateHeadAsync(update, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
        => CallAsync(LogCall.Rewrite, () => _inner.RewriteAsync(request, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => CallAsync(LogCall.Erase, () => _inner.EraseAsync(request, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public T? GetService<T>()
        where T : class
        => this as T ?? _inner.GetService<T>();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private async ValueTask<T> CallAsync<T>(LogCall call, Func<ValueTask<T>> inner, CancellationToken cancellationToken)
    {
        var faults = await BeginAsync(call, cancellationToken).ConfigureAwait(false);
        var result = await inner().ConfigureAwait(false);
        await EndAsync(faults).ConfigureAwait(false);
        return result;
    }

    private async Task<IReadOnlyList<FaultPlan>> BeginAsync(LogCall call, CancellationToken cancellationToken)
    {
        List<FaultPlan> faults;
        lock (_lock)
        {
            _calls[call] = _calls.GetValueOrDefault(call) + 1;
            faults = [.. _plans.Where(plan => plan.IsFor(call))];
        }

        foreach (var before in faults.Select(fault => fault.Before).OfType<Func<CancellationToken, Task>>())
        {
            await before(cancellationToken).ConfigureAwait(false);
        }

        return faults;
    }

    private static async Task EndAsync(IReadOnlyList<FaultPlan> faults)
    {
        foreach (var after in faults.Select(fault => fault.After).OfType<Func<Task>>())
        {
            await after().ConfigureAwait(false);
        }
    }

    private FaultPlan Plan(LogCall calls, int first, int last)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)calls, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        return new(calls, first, last, Add);
    }

    private void Add(FaultPlan plan)
    {
        lock (_lock)
        {
            if (!_plans.Contains(plan))
            {
                _plans = _plans.Add(plan);
            }
        }
    }
}
