using System.Collections.Concurrent;
using Holdfast.Logs;

namespace Holdfast.Testing.Tests.Broken;

internal sealed class RevivingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        return result == AppendResult.Conflict(0) && request.Entry.IsKeyframe ? await Inner.AppendAsync(request with { Begins = true }, cancellationToken) : result;
    }
}

internal sealed class UnaskedBeginLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Inner.AppendAsync(request with { Begins = request.Entry.Version == 1 || request.Begins }, cancellationToken);
}

internal sealed class ContinuingBeginLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        return result.Outcome == AppendOutcome.Conflict && result.CurrentVersion == request.Entry.Version - 1 ? await Inner.AppendAsync(request with { Begins = false }, cancellationToken) : result;
    }
}

internal sealed class OwnLifeLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Inner.AppendAsync(request.Begins ? request with { Head = request.Head with { Life = request.Entry.CommitId } } : request, cancellationToken);
}

internal sealed class LifelessDuplicatesLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var head = await Inner.GetHeadAsync(request.Entry.Key, cancellationToken);
        return await Inner.AppendAsync(head is null ? request : request with { Head = request.Head with { Life = head.Life } }, cancellationToken);
    }
}

internal sealed class DroppedConflictLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        return result.Outcome == AppendOutcome.Dropped ? AppendResult.Conflict(result.CurrentVersion) : result;
    }
}

internal sealed class PropertyAppendingLog(ICommitLog inner) : DelegatingLog(inner)
{
    private readonly ConcurrentDictionary<ThreadKey, IReadOnlyDictionary<string, string>> _properties = new();

    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        if (result.Outcome == AppendOutcome.Appended)
        {
            _properties[request.Entry.Key] = request.Head.Properties;
        }

        return result;
    }

    public override async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => await Inner.GetHeadAsync(request, cancellationToken) is { } head ? head with { Properties = _properties.GetValueOrDefault(request.Key, head.Properties) } : null;
}

internal sealed class LifeIgnoringLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => Inner.ReadTailAsync(request with { Life = null }, cancellationToken);

    public override IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default)
        => Inner.ReadAsync(request with { Life = null }, cancellationToken);
}

internal sealed class LifeMixingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async IAsyncEnumerable<LogEntry> ReadAsync(
        ReadRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // It asks for the life once, and then reads an entry at a time.
        if (request.Life is { } life && (await Inner.GetHeadAsync(request.Key, cancellationToken))?.Life != life)
        {
            yield break;
        }

        var head = await Inner.GetHeadAsync(request.Key, cancellationToken);
        var (from, to) = (Math.Max(request.From, head?.FirstVersion ?? 1), Math.Min(request.To, head?.Version ?? 0));
        for (var i = 0; i <= to - from; i++)
        {
            var version = request.Direction == ReadDirection.Forward ? from + i : to - i;
            await foreach (var entry in Inner.ReadAsync(request.Key, version, version, cancellationToken: cancellationToken))
            {
                yield return entry;
            }
        }
    }
}
