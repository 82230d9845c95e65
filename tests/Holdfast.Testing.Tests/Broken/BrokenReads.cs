using System.Collections.Concurrent;
using System.Globalization;
using Holdfast.Logs;

namespace Holdfast.Testing.Tests.Broken;

internal sealed class MinimumIgnoringLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => Inner.ReadTailAsync(request with { MinimumEntries = 0 }, cancellationToken);
}

internal sealed class KeyframeIgnoringLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => Inner.ReadTailAsync(request with { MinimumEntries = int.MaxValue }, cancellationToken);
}

internal sealed class TornTailLog(ICommitLog inner) : DelegatingLog(inner)
{
    private TaskCompletionSource _appended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        Interlocked.Exchange(ref _appended, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        return result;
    }

    public override async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        var appended = Volatile.Read(ref _appended).Task;
        var head = await Inner.GetHeadAsync(request.Key, cancellationToken);

        // Long enough for a writer, if there is one, to come between.
        await Task.WhenAny(appended, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken));
        return head is null ? null : new(head, (await Inner.ReadTailAsync(request, cancellationToken))?.Entries ?? []);
    }
}

internal sealed class ForwardOnlyLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default)
        => Inner.ReadAsync(request with { Direction = ReadDirection.Forward }, cancellationToken);
}

internal sealed class OpenEndedLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default)
        => Inner.ReadAsync(request with { To = request.To == long.MaxValue ? request.To : request.To - 1 }, cancellationToken);
}

internal sealed class TenantIgnoringLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => Inner.ListAsync(query with { Tenant = null }, cancellationToken);
}

internal sealed class DeletedListingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => Inner.ListAsync(query with { Filter = query.Filter with { Deleted = DeletedFilter.Include } }, cancellationToken);
}

internal sealed class ExpiredListingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => Inner.ListAsync(query with { Expired = ExpiredFilter.Include }, cancellationToken);
}

internal sealed class RawNumberLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        var page = await Inner.ListAsync(query, cancellationToken);
        return page with { Heads = [.. page.Heads.Where(head => query.Filter.Metadata.All(wanted => head.Metadata[wanted.Key].GetRawText() == wanted.Value.GetRawText()))] };
    }
}

internal sealed class OffsetPagingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        query.Filter.Validate();
        var offset = 0;
        if (query.Filter.Continuation is { } continuation && !int.TryParse(continuation, CultureInfo.InvariantCulture, out offset))
        {
            throw new ArgumentException("The continuation is not one that a listing returned.", nameof(query));
        }

        var all = await Inner.ListAsync(query with { Filter = query.Filter with { Continuation = null, PageSize = 1000 } }, cancellationToken);
        var heads = all.Heads.Skip(offset).Take(query.Filter.PageSize).ToList();
        var next = offset + heads.Count;
        return new(heads, next < all.Heads.Count ? next.ToString(CultureInfo.InvariantCulture) : null);
    }
}

internal sealed class UnlimitedPagesLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => Inner.ListAsync(query with { Filter = query.Filter with { PageSize = Math.Clamp(query.Filter.PageSize, 1, ThreadQuery.MaxPageSize) } }, cancellationToken);
}

internal sealed class CachingLog(ICommitLog inner) : DelegatingLog(inner)
{
    private readonly ConcurrentDictionary<ThreadKey, ThreadHead> _heads = new();

    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        _heads.TryRemove(request.Entry.Key, out _);
        return await Inner.AppendAsync(request, cancellationToken);
    }

    public override async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        if (!_heads.TryGetValue(request.Key, out var head) && (head = await Inner.GetHeadAsync(request, cancellationToken)) is not null)
        {
            _heads[request.Key] = head;
        }

        return head;
    }
}
