using System.Collections.Concurrent;
using Holdfast.Logs;

namespace Holdfast.Testing.Tests.Broken;

internal sealed class TouchingExpiryLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        if (update.Expiry is { } expiry && await Inner.ReadTailAsync(update.Key, cancellationToken: cancellationToken) is { } tail)
        {
            await ThreadWriter.From(update.Key, tail).AppendAsync(Inner, new() { Head = head => head with { ExpiresAt = expiry.At } }, cancellationToken);
        }

        return await Inner.UpdateHeadAsync(update, cancellationToken);
    }
}

internal sealed class AgreeableExpiryLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        var head = await Inner.UpdateHeadAsync(update, cancellationToken);
        return head ?? new ThreadWriter(update.Key).Next().Head;
    }
}

internal sealed class PiecemealRewriteLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        var found = await Inner.RewriteAsync(request.Key, new Dictionary<long, ReadOnlyMemory<byte>>(), request.DropBelow, cancellationToken);
        foreach (var (version, body) in request.Replacements)
        {
            await Inner.RewriteAsync(request.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [version] = body }, 0, cancellationToken);
        }

        return found;
    }
}

internal sealed class UnmarkedRewriteLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async IAsyncEnumerable<LogEntry> ReadAsync(
        ReadRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var entry in Inner.ReadAsync(request, cancellationToken))
        {
            yield return entry with { RewrittenHash = null };
        }
    }
}

internal sealed class DropOnlyRewriteLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
        => Inner.RewriteAsync(request.Key, new Dictionary<long, ReadOnlyMemory<byte>>(), request.DropBelow, cancellationToken);
}

internal sealed class RashEraseLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => Inner.EraseAsync(request with { IfUnchanged = null }, cancellationToken);
}

internal sealed class ChainOnlyEraseLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => await Inner.EraseAsync(
            request with { IfUnchanged = request.IfUnchanged is { } stamp ? stamp with { Revision = (await Inner.GetHeadAsync(request.Key, cancellationToken))?.Revision ?? 0 } : null },
            cancellationToken);
}

internal sealed class UndeadLog(ICommitLog inner) : DelegatingLog(inner)
{
    private readonly ConcurrentDictionary<ThreadKey, List<LogEntry>> _erased = new();

    public override async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        var entries = await ReadAllAsync(request.Key);
        var erased = await Inner.EraseAsync(request, cancellationToken);
        _erased[request.Key] = erased ? entries : [];
        return erased;
    }

    public override async IAsyncEnumerable<LogEntry> ReadAsync(
        ReadRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var last = (await Inner.GetHeadAsync(request.Key, cancellationToken))?.Version ?? 0;
        await foreach (var entry in Inner.ReadAsync(request, cancellationToken))
        {
            yield return entry;
        }

        // The entries of the erased thread come back once the new one has begun.
        foreach (var entry in _erased.GetValueOrDefault(request.Key, []).Where(entry => last > 0 && entry.Version > last && entry.Version >= request.From && entry.Version <= request.To))
        {
            yield return entry;
        }
    }
}

internal sealed class DeletingReaderLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        var head = await Inner.GetHeadAsync(request, cancellationToken);
        if (head is { ExpiresAt.Year: < 2026 })
        {
            await Inner.EraseAsync(request.Key, null, cancellationToken);
            return null;
        }

        return head;
    }
}

internal sealed class BoastfulLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override LogCapabilities Capabilities => LogCapabilities.Durable;
}

internal sealed class SilentLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override string Description => "";
}
