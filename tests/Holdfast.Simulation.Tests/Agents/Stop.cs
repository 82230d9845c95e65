using System.Runtime.CompilerServices;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>A place at which a flow of a process stands until the scheduler lets it go on; what stands in a process that is killed never does.</summary>
/// <remarks>It is awaited. The flow goes on where the scheduler is, so that nothing else runs meanwhile.</remarks>
internal sealed class Stop(AgentProcess process, string at, StopKind kind) : ICriticalNotifyCompletion
{
    private Action? _continuation;
    private Verdict _verdict;

    public AgentProcess Process => process;

    /// <summary>The flow; null for a timer's.</summary>
    public Fiber? Fiber { get; } = Fiber.Current;

    public StopKind Kind => kind;

    public bool IsCompleted => false;

    public Stop GetAwaiter() => this;

    public Verdict GetResult() => _verdict;

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        _continuation = continuation;
        process.Add(this);
    }

    public override string ToString() => $"{Fiber?.ToString() ?? $"{process} timer"}: {at}";

    public void GoOn(Verdict verdict)
    {
        _verdict = verdict;
        _continuation!();
    }
}
