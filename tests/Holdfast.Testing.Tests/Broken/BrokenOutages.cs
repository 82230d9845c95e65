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
