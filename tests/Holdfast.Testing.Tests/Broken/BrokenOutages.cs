using System.Collections.Concurrent;
using Holdfast.Logs;

namespace Holdfast.Testing.Tests.Broken;

internal sealed class SilentReadLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Inner.GetHeadAsync(request, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }
}

internal sealed class SilentAppendLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Inner.AppendAsync(request, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            return AppendResult.Appended(request.Entry.Version);
        }
    }
}

internal sealed class FirstExpiryLog(ICommitLog inner) : ExpiringLog(inner)
{
    private readonly ConcurrentDictionary<ThreadKey, DateTimeOffset> _first = new();

    protected override DateTimeOffset? ExpiryOf(ThreadHead head) => head.ExpiresAt is { } expiry ? _first.GetOrAdd(head.Key, expiry) : null;
}

internal sealed class PinIgnoringExpiryLog(ICommitLog inner) : ExpiringLog(inner)
{
    protected override bool IsPinned(ThreadHead head) => false;
}

internal sealed class HastyExpiryLog(ICommitLog inner) : ExpiringLog(inner)
{
    protected override DateTimeOffset? ExpiryOf(ThreadHead head) => head.ExpiresAt?.AddDays(-1);
}

internal sealed class SilentDamageLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async IAsyncEnumerable<LogEntry> ReadAsync(
        ReadRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var entries = Inner.ReadAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(entries))
        {
            yield return entries.Current;
        }
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<LogEntry> entries)
    {
        try
        {
            return await entries.MoveNextAsync();
        }
        catch (CorruptStateException)
        {
            return false;
        }
    }
}

internal sealed class EarlyDamageLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async IAsyncEnumerable<LogEntry> ReadAsync(
        ReadRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // It reads everything before it gives anything away.
        foreach (var entry in await Inner.ReadAsync(request, cancellationToken).ToListAsync(cancellationToken))
        {
            yield return entry;
        }
    }
}

internal sealed class NamelessDamageLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Inner.ReadTailAsync(request, cancellationToken);
        }
        catch (CorruptStateException e)
        {
            throw new CorruptStateException(request.Key, 1, "something is wrong.", e);
        }
    }
}

internal sealed class MissingHeadLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Inner.GetHeadAsync(request, cancellationToken);
        }
        catch (CorruptStateException)
        {
            return null;
        }
    }
}
