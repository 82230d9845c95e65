using Holdfast.Logs;

namespace Holdfast.Testing.Tests.Broken;

internal class CopyingTrunkLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        if (!request.KeepAsTrunk || await Inner.GetHeadAsync(request.Key, cancellationToken) is not { } head || (request.IfUnchanged ?? head.Stamp) != head.Stamp)
        {
            return await Inner.EraseAsync(request, cancellationToken);
        }

        var trunk = new ThreadWriter(ThreadKey.Trunk(request.Key, head.Life));
        foreach (var entry in await ReadAllAsync(request.Key))
        {
            await trunk.AppendAsync(
                Inner,
                new()
                {
                    FirstVersion = head.FirstVersion,
                    Life = head.Life,
                    CommitId = entry.CommitId,
                    At = entry.At,
                    Body = entry.Body,
                    IsKeyframe = entry.IsKeyframe,
                    MessageCount = entry.MessageCount,
                    Head = copy => head with { Key = copy.Key, Version = copy.Version, ChainHash = head.ChainHash, KeyframeVersion = copy.KeyframeVersion },
                },
                cancellationToken);
        }

        return await EndAsync(request.Key, cancellationToken);
    }

    protected virtual ValueTask<bool> EndAsync(ThreadKey key, CancellationToken cancellationToken) => Inner.EraseAsync(key, cancellationToken: cancellationToken);
}

internal sealed class KeyTakingTrunkLog(ICommitLog inner) : CopyingTrunkLog(inner)
{
    protected override ValueTask<bool> EndAsync(ThreadKey key, CancellationToken cancellationToken) => new(true);
}

internal sealed class RashTrunkLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => Inner.EraseAsync(request.KeepAsTrunk ? request with { IfUnchanged = null } : request, cancellationToken);
}

internal sealed class TrunkErasingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        var erased = await Inner.EraseAsync(request, cancellationToken);
        if (erased && !request.KeepAsTrunk && request.Key.Space == ThreadSpace.Threads)
        {
            var trunks = new HeadQuery { Space = ThreadSpace.Trunks, Tenant = request.Key.Tenant, AsOf = default, Filter = new() { IdPrefix = request.Key.Id.Value } };
            foreach (var trunk in (await Inner.ListAsync(trunks, cancellationToken)).Heads)
            {
                await Inner.EraseAsync(trunk.Key, cancellationToken: cancellationToken);
            }
        }

        return erased;
    }
}

internal sealed class SpaceIgnoringLog(ICommitLog inner) : KeyMappingLog(inner)
{
    protected override ThreadKey Map(ThreadKey key) => ThreadKey.Of(ThreadSpace.Threads, key.Tenant, key.Id.Value);
}

internal sealed class SpaceJoiningLog(ICommitLog inner) : KeyMappingLog(inner)
{
    protected override ThreadKey Map(ThreadKey key)
        => key.Space is ThreadSpace.Threads or ThreadSpace.Trunks ? key : ThreadKey.Of(ThreadSpace.Threads, key.Tenant, $"{key.Space.ToName()}/{key.Id.Value}");
}

internal sealed class SpaceListingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        var page = await Inner.ListAsync(query, cancellationToken);
        return query.Space == ThreadSpace.Threads || query.Filter.Continuation is not null
            ? page
            : page with { Heads = [.. page.Heads, .. (await Inner.ListAsync(query with { Space = ThreadSpace.Threads }, cancellationToken)).Heads] };
    }
}
