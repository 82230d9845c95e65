using Holdfast.Logs;
using Holdfast.Testing.Tests;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>Says now and then that a result is stored before it is: it comes to the log with the next call, or is lost where another commit was faster.</summary>
internal sealed class EarlyLog(ICommitLog inner) : DelegatingLog(inner)
{
    private AppendRequest? _late;
    private int _results;

    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        await CatchUpAsync(cancellationToken);
        if (request.Entry.Body.Span.IndexOf("\"step done\""u8) < 0 || ++_results % 5 != 0)
        {
            return await Inner.AppendAsync(request, cancellationToken);
        }

        _late = request;
        return AppendResult.Appended(request.Entry.Version);
    }

    public override async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        await CatchUpAsync(cancellationToken);
        return await Inner.ReadTailAsync(request, cancellationToken);
    }

    private async ValueTask CatchUpAsync(CancellationToken cancellationToken)
    {
        if (_late is { } late)
        {
            _late = null;
            await Inner.AppendAsync(late, cancellationToken);
        }
    }
}
