using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Holdfast.Testing.Tests;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>A process's way to the log: every call stops before and after it, and may be refused, or lose its answer.</summary>
internal sealed class ProcessLog(ICommitLog inner, AgentProcess process) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => CallAsync($"append {request.Entry.Version} to {request.Entry.Key}", () => Inner.AppendAsync(request, CancellationToken.None), cancellationToken, StopKind.Append);

    public override ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => CallAsync($"read the tail of {request.Key}", () => Inner.ReadTailAsync(request, CancellationToken.None), cancellationToken);

    public override async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await BeginAsync($"read {request.Key}", StopKind.Other, cancellationToken);
        await foreach (var entry in Inner.ReadAsync(request, CancellationToken.None))
        {
            yield return entry;
        }
    }

    public override ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => CallAsync($"get the head of {request.Key}", () => Inner.GetHeadAsync(request, CancellationToken.None), cancellationToken);

    public override ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => CallAsync("list", () => Inner.ListAsync(query, CancellationToken.None), cancellationToken);

    public override ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => CallAsync($"{(update.Beats ? "beat of" : "update the head of")} {update.Key}", () => Inner.UpdateHeadAsync(update, CancellationToken.None), cancellationToken);

    public override ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => CallAsync($"erase {request.Key}", () => Inner.EraseAsync(request, CancellationToken.None), cancellationToken);

    private async ValueTask<T> CallAsync<T>(string call, Func<ValueTask<T>> inner, CancellationToken cancellationToken, StopKind kind = StopKind.Other)
    {
        await BeginAsync(call, kind, cancellationToken);
        var result = await inner();
        if (await process.StopAt($"{call}, done", kind) == Verdict.Fail)
        {
            throw new StoreUnavailableException($"The answer to '{call}' was lost, as the simulation wanted it.", outcomeUnknown: true);
        }

        return result;
    }

    private async Task BeginAsync(string call, StopKind kind, CancellationToken cancellationToken)
    {
        if (await process.StopAt(call, kind) == Verdict.Fail)
        {
            throw new StoreUnavailableException($"'{call}' failed, as the simulation wanted it.");
        }

        cancellationToken.ThrowIfCancellationRequested();
    }
}
