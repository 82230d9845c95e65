using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Holdfast.Testing.Tests;

namespace Holdfast.Simulation.Tests;

/// <summary>A client's way to a log: every call stops before and after it, and may fail before it has an effect, or lose its answer.</summary>
internal sealed class ClientLog(ICommitLog inner, Client client, string name) : DelegatingLog(inner)
{
    /// <summary>The commit that was sent last.</summary>
    public CommitId LastSent { get; private set; }

    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        LastSent = request.Entry.CommitId;
        return CallAsync($"append {request.Entry.Version} to {Name(request.Entry.Key)}", () => Inner.AppendAsync(request, cancellationToken));
    }

    public override ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => CallAsync($"read the tail of {Name(request.Key)}", () => Inner.ReadTailAsync(request, cancellationToken));

    public override async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = $"read {Name(request.Key)}";
        await BeginAsync(call);
        var isFirst = true;
        await foreach (var entry in Inner.ReadAsync(request, cancellationToken))
        {
            if (isFirst)
            {
                isFirst = false;
                await EndAsync(call);
            }

            yield return entry;
        }
    }

    public override ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => CallAsync($"get the head of {Name(request.Key)}", () => Inner.GetHeadAsync(request, cancellationToken));

    public override ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => CallAsync($"list {query.Space}", () => Inner.ListAsync(query, cancellationToken));

    public override ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => CallAsync($"update the head of {Name(update.Key)}", () => Inner.UpdateHeadAsync(update, cancellationToken));

    public override ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
        => CallAsync($"rewrite {Name(request.Key)}", () => Inner.RewriteAsync(request, cancellationToken));

    public override ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => CallAsync($"{(request.KeepAsTrunk ? "keep as a trunk" : "erase")} {Name(request.Key)}", () => Inner.EraseAsync(request, cancellationToken));

    public override ValueTask DisposeAsync() => default;

    // Lives differ from run to run.
    private static string Name(ThreadKey key) => key.TryGetTrunk(out var thread, out _) ? $"a trunk of {thread}" : key.ToString();

    private async ValueTask<T> CallAsync<T>(string call, Func<ValueTask<T>> inner)
    {
        await BeginAsync(call);
        var result = await inner();
        await EndAsync(call);
        return result;
    }

    private async Task BeginAsync(string call)
    {
        if (await client.StopAsync($"{name}{call}") == Verdict.Fail)
        {
            throw new StoreUnavailableException($"'{call}' failed, as the simulation wanted it.");
        }
    }

    private async Task EndAsync(string call)
    {
        if (await client.StopAsync($"{name}{call}, done") == Verdict.Fail)
        {
            throw new StoreUnavailableException($"The answer to '{call}' was lost, as the simulation wanted it.", outcomeUnknown: true);
        }
    }
}
