using Holdfast.Logs;

namespace Holdfast.Testing.Tests.Broken;

/// <summary>A log that stores threads under other keys than it is told, and gives them back as it was told.</summary>
internal abstract class KeyMappingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Inner.AppendAsync(
            request with { Entry = request.Entry with { Key = Map(request.Entry.Key) }, Head = request.Head with { Key = Map(request.Head.Key) } }, cancellationToken);

    public override async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => await Inner.GetHeadAsync(request with { Key = Map(request.Key) }, cancellationToken) is { } head ? head with { Key = request.Key } : null;

    public override async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => await Inner.ReadTailAsync(request with { Key = Map(request.Key) }, cancellationToken) is { } tail
            ? new(tail.Head with { Key = request.Key }, [.. tail.Entries.Select(entry => entry with { Key = request.Key })])
            : null;

    protected abstract ThreadKey Map(ThreadKey key);
}

internal sealed class CaselessLog(ICommitLog inner) : KeyMappingLog(inner)
{
    protected override ThreadKey Map(ThreadKey key) => ThreadKey.Of(key.Tenant, key.Id.Value.ToUpperInvariant());
}

internal sealed class JoiningLog(ICommitLog inner) : KeyMappingLog(inner)
{
    protected override ThreadKey Map(ThreadKey key) => key.Id.Value.Length > 64 ? key : ThreadKey.Of($"{key.Tenant}:{key.Id.Value}");
}

internal sealed class TrimmingLog(ICommitLog inner) : KeyMappingLog(inner)
{
    protected override ThreadKey Map(ThreadKey key) => ThreadKey.Of(key.Tenant, key.Id.Value.TrimEnd(' ', '.') is { Length: > 0 } trimmed ? trimmed : "x");
}

internal sealed class ShorteningLog(ICommitLog inner) : KeyMappingLog(inner)
{
    protected override ThreadKey Map(ThreadKey key) => ThreadKey.Of(key.Tenant, key.Id.Value.Length > 255 ? key.Id.Value[..255] : key.Id.Value);
}

internal sealed class NormalizingLog(ICommitLog inner) : KeyMappingLog(inner)
{
    // A slice of what Unicode normalization does; the invariant mode of these tests leaves out the rest.
    protected override ThreadKey Map(ThreadKey key) => ThreadKey.Of(key.Tenant, key.Id.Value.Replace("e\u0301", "\u00e9", StringComparison.Ordinal));
}
