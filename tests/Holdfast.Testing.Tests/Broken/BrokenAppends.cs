using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Testing.Tests.Broken;

internal sealed class OverwritingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        if (result.Outcome != AppendOutcome.Conflict || request.Entry.Version != result.CurrentVersion)
        {
            return result;
        }

        var standing = await ReadAllAsync(request.Entry.Key);
        await Inner.EraseAsync(request.Entry.Key, cancellationToken: cancellationToken);
        var writer = new ThreadWriter(request.Entry.Key);
        foreach (var entry in standing.SkipLast(1).Append(request.Entry))
        {
            await writer.AppendAsync(Inner, new() { Body = entry.Body, CommitId = entry.CommitId, At = entry.At, MessageCount = entry.MessageCount }, cancellationToken);
        }

        return AppendResult.Appended(request.Entry.Version);
    }
}

internal sealed class LosingLog(ICommitLog inner) : DelegatingLog(inner)
{
    private int _appends;

    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Interlocked.Increment(ref _appends) % 10 == 0 ? AppendResult.Appended(request.Entry.Version) : await Inner.AppendAsync(request, cancellationToken);
}

internal sealed class CheckThenActLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var head = await Inner.GetHeadAsync(request.Entry.Key, cancellationToken);
        await Task.Yield();
        var result = await Inner.AppendAsync(request, cancellationToken);
        return (head?.Version ?? 0) == request.Entry.Version - 1 && request.After == (head?.ChainHash ?? ChainHash.Start) ? AppendResult.Appended(request.Entry.Version) : result;
    }
}

internal sealed class NoDuplicatesLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        return result.Outcome == AppendOutcome.Duplicate ? AppendResult.Conflict(result.CurrentVersion) : result;
    }
}

internal sealed class NewestDuplicateOnlyLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        return result.Outcome == AppendOutcome.Duplicate && result.CurrentVersion > request.Entry.Version ? AppendResult.Conflict(result.CurrentVersion) : result;
    }
}

internal sealed class VersionOnlyLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var head = await Inner.GetHeadAsync(request.Entry.Key, cancellationToken);
        return await Inner.AppendAsync(request with { After = head?.ChainHash ?? ChainHash.Start }, cancellationToken);
    }
}

internal sealed class ExpiryForgettingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Inner.AppendAsync(request with { KeepExpiry = false }, cancellationToken);
}

internal sealed class ExpiryKeepingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Inner.AppendAsync(request with { KeepExpiry = true }, cancellationToken);
}

internal sealed class UncancellableLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Inner.AppendAsync(request, CancellationToken.None);
}

internal sealed class LyingCancellationLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return result;
    }
}

internal sealed class MinifyingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        try
        {
            var minified = JsonSerializer.SerializeToUtf8Bytes(JsonElement.Parse(request.Entry.Body.Span));
            return Inner.AppendAsync(request with { Entry = request.Entry with { Body = minified } }, cancellationToken);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Inner.AppendAsync(request, cancellationToken);
        }
    }
}

internal sealed class TextLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Inner.AppendAsync(request with { Entry = request.Entry with { Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(request.Entry.Body.Span)) } }, cancellationToken);
}

internal sealed class BufferSharingLog(ICommitLog inner) : DelegatingLog(inner)
{
    private readonly ConcurrentDictionary<CommitId, ReadOnlyMemory<byte>> _bodies = new();

    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        _bodies[request.Entry.CommitId] = request.Entry.Body;
        return Inner.AppendAsync(request, cancellationToken);
    }

    public override async IAsyncEnumerable<LogEntry> ReadAsync(
        ReadRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var entry in Inner.ReadAsync(request, cancellationToken))
        {
            yield return entry.RewrittenHash is not null ? entry : entry with { Body = _bodies[entry.CommitId] };
        }
    }
}

internal sealed class CoarseTimeLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => Inner.AppendAsync(
            request with { Head = request.Head with { CreatedAt = DateTimeOffset.FromUnixTimeSeconds(request.Head.CreatedAt.ToUnixTimeSeconds()) } }, cancellationToken);
}

internal sealed class NullDroppingLog(ICommitLog inner) : DelegatingLog(inner)
{
    public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var kept = request.Head.Metadata.Where(item => item.Value.ValueKind != JsonValueKind.Null).ToDictionary(item => item.Key, item => item.Value);
        return Inner.AppendAsync(request with { Head = request.Head with { Metadata = kept } }, cancellationToken);
    }
}
