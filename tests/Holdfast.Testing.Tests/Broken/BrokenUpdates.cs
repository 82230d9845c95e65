using Holdfast.Logs;

namespace Holdfast.Testing.Tests.Broken;

internal sealed class RevisingHeartbeatLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => await Inner.UpdateHeadAsync(update.Beats ? update with { RemovePins = [.. update.RemovePins, CommitId.New(TimeProvider.System)] } : update, cancellationToken);
}

internal sealed class UnconditionalUpdateLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => Inner.UpdateHeadAsync(update with { IfLife = null, IfRevision = null, IfUnchanged = null }, cancellationToken);
}

internal sealed class RevisionIgnoringUpdateLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => Inner.UpdateHeadAsync(update with { IfRevision = null }, cancellationToken);
}

internal sealed class PiecemealUpdateLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        var first = await Inner.UpdateHeadAsync(update with { AddPins = [], RemovePins = [] }, cancellationToken);
        return first is null ? null : await Inner.UpdateHeadAsync(new() { Key = update.Key, AddPins = update.AddPins, RemovePins = update.RemovePins }, cancellationToken);
    }
}

internal sealed class LostUpdateLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        // It reads the properties, and writes all of them back.
        var head = await Inner.GetHeadAsync(update.Key, cancellationToken);
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
        var properties = (head?.Properties ?? ThreadHead.NoProperties).ToDictionary(property => property.Key, string? (property) => property.Value);
        foreach (var (name, value) in update.Properties)
        {
            properties[name] = value;
        }

        return await Inner.UpdateHeadAsync(update.Properties.Count == 0 ? update : update with { Properties = properties }, cancellationToken);
    }
}

internal sealed class PinShowingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => Inner.GetHeadAsync(request with { WithPins = true }, cancellationToken);
}

internal sealed class PinAddingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => Inner.UpdateHeadAsync(update with { RemovePins = [] }, cancellationToken);
}

internal sealed class RemoveLastLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => Inner.UpdateHeadAsync(update with { AddPins = [.. update.AddPins.Where(pin => !update.RemovePins.Contains(pin.Life))] }, cancellationToken);
}

internal sealed class MarkForgettingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Inner.AppendAsync(request with { Entry = request.Entry with { RewrittenHash = null } }, cancellationToken);
}

internal sealed class RashRewriteLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
        => Inner.RewriteAsync(request with { IfUnchanged = null }, cancellationToken);
}

internal sealed class RewritingHashLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async IAsyncEnumerable<LogEntry> ReadAsync(
        ReadRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var entry in Inner.ReadAsync(request, cancellationToken))
        {
            yield return entry with { BodyHash = Digest.Compute(entry.Body.Span) };
        }
    }
}

internal sealed class SilentRefusalLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Inner.RewriteAsync(request, cancellationToken);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

internal sealed class HoardingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
        => Inner.RewriteAsync(request with { DropBelow = 0 }, cancellationToken);
}
