using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Worker;

/// <summary>Hangs before a commit is sent, or after it was stored and before its answer arrives. No call is on its way once the gate is closed.</summary>
internal sealed class KillPointLog(ICommitLog log, KillPoints points) : ICommitLog
{
    private readonly CallGate _gate = points.Gate;

    public LogCapabilities Capabilities => log.Capabilities;

    public string Description => log.Description;

    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        using var body = JsonDocument.Parse(request.Entry.Body);
        var reason = body.RootElement.TryGetProperty("reason", out var text) ? text.GetString()!.Replace(' ', '-') : "none";
        var thread = request.Entry.Key.Id.Value;
        await points.ReachAsync(thread, $"before-{reason}");
        var result = await _gate.PassAsync(() => log.AppendAsync(request, cancellationToken));
        await points.ReachAsync(thread, $"after-{reason}");
        return result;
    }

    public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default) => _gate.PassAsync(() => log.ReadTailAsync(request, cancellationToken));

    public IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default) => log.ReadAsync(request, cancellationToken);

    public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default) => _gate.PassAsync(() => log.GetHeadAsync(request, cancellationToken));

    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default) => _gate.PassAsync(() => log.ListAsync(query, cancellationToken));

    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default) => _gate.PassAsync(() => log.UpdateHeadAsync(update, cancellationToken));

    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default) => _gate.PassAsync(() => log.RewriteAsync(request, cancellationToken));

    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default) => _gate.PassAsync(() => log.EraseAsync(request, cancellationToken));

    public T? GetService<T>()
        where T : class
        => this as T ?? log.GetService<T>();

    public ValueTask DisposeAsync() => log.DisposeAsync();
}
