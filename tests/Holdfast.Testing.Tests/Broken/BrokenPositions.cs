using Holdfast.Logs;

namespace Holdfast.Testing.Tests.Broken;

internal sealed class SinceIgnoringLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => Inner.ReadTailAsync(request with { Since = null }, cancellationToken);
}

internal sealed class DroppedIgnoringSinceLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => await Inner.GetHeadAsync(request.Key, cancellationToken) is { } head && request.Since is { } since && since.Version < head.FirstVersion
            ? await Inner.ReadTailAsync(request with { Since = since with { Version = head.FirstVersion - 1 } }, cancellationToken)
            : await Inner.ReadTailAsync(request, cancellationToken);
}

internal sealed class LifelessSinceLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => await Inner.GetHeadAsync(request.Key, cancellationToken) is { } head && request.Since is { } since
            ? await Inner.ReadTailAsync(request with { Since = since with { Life = head.Life } }, cancellationToken)
            : await Inner.ReadTailAsync(request, cancellationToken);
}

internal sealed class FutureSinceLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => await Inner.ReadTailAsync(request, cancellationToken) is not { } tail ? null
            : request.Since is { } since && since.Life == tail.Head.Life && since.Version > tail.Head.Version ? tail with { Entries = [] }
            : tail;
}

internal sealed class DueIgnoringLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => Inner.ListAsync(query with { DueBefore = null }, cancellationToken);
}

internal sealed class InclusiveDueLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => Inner.ListAsync(query with { DueBefore = query.DueBefore is { } due && due.Year < 3000 ? due.AddMilliseconds(1) : query.DueBefore }, cancellationToken);
}

internal sealed class UnorderedDueLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        var page = await Inner.ListAsync(query, cancellationToken);
        return query.DueBefore is null ? page : page with { Heads = [.. page.Heads.OrderBy(head => head.Key.Id.Value, StringComparer.Ordinal)] };
    }
}

internal sealed class FirstTermLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => Inner.ListAsync(query with { Terms = [.. query.Terms.Take(1)] }, cancellationToken);
}

internal sealed class TermLosingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Inner.AppendAsync(request with { Head = request.Head with { Terms = [.. request.Head.Terms.Take(10)] } }, cancellationToken);
}
