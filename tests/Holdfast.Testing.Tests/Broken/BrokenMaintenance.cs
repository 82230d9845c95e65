using System.Collections.Concurrent;
using Holdfast.Logs;

namespace Holdfast.Testing.Tests.Broken;

internal sealed class TouchingExpiryLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<bool> SetExpiryAsync(ThreadKey key, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default)
    {
        var tail = await Inner.ReadTailAsync(key, cancellationToken: cancellationToken);
        if (tail is not null)
        {
            await ThreadWriter.From(key, tail).AppendAsync(Inner, new() { Head = head => head with { ExpiresAt = expiresAt } }, cancellationToken);
        }

        return tail is not null;
    }
}

internal sealed class AgreeableExpiryLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<bool> SetExpiryAsync(ThreadKey key, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default)
    {
        await Inner.SetExpiryAsync(key, expiresAt, cancellationToken);
        return true;
    }
}

internal sealed class PiecemealRewriteLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<bool> RewriteAsync(
        ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow = 0, CancellationToken cancellationToken = default)
    {
        var found = await Inner.RewriteAsync(key, new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow, cancellationToken);
        foreach (var (version, body) in replacements)
        {
            await Inner.RewriteAsync(key, new Dictionary<long, ReadOnlyMemory<byte>> { [version] = body }, 0, cancellationToken);
        }

        return found;
    }
}

internal sealed class UnmarkedRewriteLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key,
        long from = 1,
        long to = long.MaxValue,
        ReadDirection direction = ReadDirection.Forward,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var entry in Inner.ReadAsync(key, from, to, direction, cancellationToken))
        {
            yield return entry with { IsRewritten = false };
        }
    }
}

internal sealed class DropOnlyRewriteLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<bool> RewriteAsync(
        ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow = 0, CancellationToken cancellationToken = default)
        => Inner.RewriteAsync(key, new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow, cancellationToken);
}

internal sealed class RashEraseLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged = null, CancellationToken cancellationToken = default)
        => Inner.EraseAsync(key, null, cancellationToken);
}

internal sealed class ChainOnlyEraseLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged = null, CancellationToken cancellationToken = default)
        => await Inner.EraseAsync(
            key, ifUnchanged is null ? null : ifUnchanged with { ExpiresAt = (await Inner.GetHeadAsync(key, cancellationToken))?.ExpiresAt }, cancellationToken);
}

internal sealed class UndeadLog(ICommitLog inner) : DelegatingLog(inner)
{
    private readonly ConcurrentDictionary<ThreadKey, List<LogEntry>> _erased = new();

    public override async ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged = null, CancellationToken cancellationToken = default)
    {
        var entries = await ReadAllAsync(key);
        var erased = await Inner.EraseAsync(key, ifUnchanged, cancellationToken);
        _erased[key] = erased ? entries : [];
        return erased;
    }

    public override async IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key,
        long from = 1,
        long to = long.MaxValue,
        ReadDirection direction = ReadDirection.Forward,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var last = (await Inner.GetHeadAsync(key, cancellationToken))?.Version ?? 0;
        await foreach (var entry in Inner.ReadAsync(key, from, to, direction, cancellationToken))
        {
            yield return entry;
        }

        // The entries of the erased thread come back once the new one has begun.
        foreach (var entry in _erased.GetValueOrDefault(key, []).Where(entry => last > 0 && entry.Version > last && entry.Version >= from && entry.Version <= to))
        {
            yield return entry;
        }
    }
}

internal sealed class DeletingReaderLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadHead?> GetHeadAsync(ThreadKey key, CancellationToken cancellationToken = default)
    {
        var head = await Inner.GetHeadAsync(key, cancellationToken);
        if (head is { ExpiresAt.Year: < 2026 })
        {
            await Inner.EraseAsync(key, null, cancellationToken);
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
