namespace Holdfast.Testing;

/// <summary>Which calls of a <see cref="FaultInjectingLog"/> a fault is for; its methods say which fault.</summary>
/// <remarks>"Before" is before the call had any effect. "After" is when it has taken effect, and only its answer is lost.</remarks>
public sealed class FaultPlan
{
    private readonly LogCall _calls;
    private readonly Action<FaultPlan> _add;
    private readonly int _last;
    private int _seen;

    internal FaultPlan(LogCall calls, int first, int last, Action<FaultPlan> add)
    {
        _calls = calls;
        First = first;
        _last = last;
        _add = add;
    }

    internal Func<CancellationToken, Task>? Before { get; private set; }

    internal Func<Task>? After { get; private set; }

    private int First { get; }

    /// <summary>The call throws and has no effect.</summary>
    /// <param name="error">What it throws; by default a <see cref="StoreUnavailableException"/> whose outcome is known.</param>
    public void FailsBefore(Exception? error = null)
        => PlanBefore(_ => Task.FromException(error ?? new StoreUnavailableException("The store was unavailable, as the test wanted it.")));

    /// <summary>The call takes effect and then throws. A stream throws after its first entry.</summary>
    /// <param name="error">What it throws; by default a <see cref="StoreUnavailableException"/> whose outcome is unknown.</param>
    public void FailsAfter(Exception? error = null)
        => PlanAfter(() => Task.FromException(
            error ?? new StoreUnavailableException("The answer of the store was lost, as the test wanted it.", outcomeUnknown: true)));

    /// <summary>The call waits at a gate before it has any effect; there it can be cancelled.</summary>
    public FaultGate WaitsBefore()
    {
        var gate = new FaultGate();
        PlanBefore(gate.PassAsync);
        return gate;
    }

    /// <summary>The call takes effect and then waits at a gate; it can no longer be cancelled. A stream waits after its first entry.</summary>
    public FaultGate WaitsAfter()
    {
        var gate = new FaultGate();
        PlanAfter(() => gate.PassAsync(CancellationToken.None));
        return gate;
    }

    /// <summary>Something else happens before the call has any effect, such as another writer's commit.</summary>
    public void RunsBefore(Func<Task> action) => PlanBefore(_ => action());

    /// <summary>Something else happens once the call has taken effect.</summary>
    public void RunsAfter(Func<Task> action) => PlanAfter(action);

    internal bool IsFor(LogCall call) => _calls.HasFlag(call) && Interlocked.Increment(ref _seen) is var number && number >= First && number <= _last;

    private void PlanBefore(Func<CancellationToken, Task> before)
    {
        Before = before;
        _add(this);
    }

    private void PlanAfter(Func<Task> after)
    {
        After = after;
        _add(this);
    }
}
