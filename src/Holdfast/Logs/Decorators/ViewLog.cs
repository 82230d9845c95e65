using System.Runtime.CompilerServices;

namespace Holdfast.Logs;

/// <summary>A log as one view of a store may see it: without threads that are not whole, and for a user, with nothing but what that user owns.</summary>
/// <remarks>
/// What a view may not see is not there; it does not matter why. Beginning a thread over one of those is a conflict that does not say whose it is. What the application shares is
/// for everybody to read, and only a view of everybody's threads changes it.
/// </remarks>
/// <param name="log">The log.</param>
/// <param name="user">The user; null for a view of everybody's threads.</param>
internal sealed class ViewLog(ICommitLog log, string? user) : ICommitLog
{
    public string? User => user;

    public LogCapabilities Capabilities => log.Capabilities;

    public string Description => log.Description;

    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        RefuseOther(request.Entry.Key, request.Head.UserId);
        return log.AppendAsync(request, cancellationToken);
    }

    public async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => await log.ReadTailAsync(request, cancellationToken).ConfigureAwait(false) is { } tail && Sees(tail.Head) ? tail : null;

    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (user is not null)
        {
            // Whose the entries are is known by the head alone; the life ties what is read to it.
            if (await GetHeadAsync(new() { Key = request.Key }, cancellationToken).ConfigureAwait(false) is not { } head || (request.Life is { } life && life != head.Life))
            {
                yield break;
            }

            request = request with { Life = head.Life };
        }

        await foreach (var entry in log.ReadAsync(request, cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    public async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => await log.GetHeadAsync(request, cancellationToken).ConfigureAwait(false) is { } head && Sees(head) ? head : null;

    public async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        if (user is not null)
        {
            if (query.Filter.UserId is { } wanted && wanted != user)
            {
                return new([], null);
            }

            query = query with { Filter = query.Filter with { UserId = user } };
        }

        var page = await log.ListAsync(query, cancellationToken).ConfigureAwait(false);
        page = user is null || page.LeftOut.Count == 0 ? page : page with { LeftOut = [] };
        return page.Heads.All(Sees) ? page : page with { Heads = [.. page.Heads.Where(Sees)] };
    }

    public async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => await LifeAsync(update.Key, cancellationToken).ConfigureAwait(false) is var (sees, life) && sees && (life is null || update.IfLife is null || update.IfLife == life)
            ? await log.UpdateHeadAsync(life is null ? update : update with { IfLife = life }, cancellationToken).ConfigureAwait(false)
            : null;

    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
        => user is null
            ? log.RewriteAsync(request, cancellationToken)
            : WhileOwnAsync(request.Key, request.IfUnchanged, (stamp, token) => log.RewriteAsync(request with { IfUnchanged = stamp }, token), cancellationToken);

    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => user is null
            ? log.EraseAsync(request, cancellationToken)
            : WhileOwnAsync(request.Key, request.IfUnchanged, (stamp, token) => log.EraseAsync(request with { IfUnchanged = stamp }, token), cancellationToken);

    // The log itself would be a way around a user's view.
    public T? GetService<T>()
        where T : class
        => user is not null && typeof(T).IsAssignableTo(typeof(ICommitLog)) ? null : log.GetService<T>();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    private bool Sees(ThreadHead head) => HeadProperties.IsShown(head) && (head.Key.Space == ThreadSpace.App || IsOwn(head.Key, head.UserId));

    private bool IsOwn(ThreadKey key, string? owner) => user is null || (key.Space == ThreadSpace.Users ? key.Id.Value == user : owner == user);

    private void RefuseOther(ThreadKey key, string? owner)
    {
        if (!IsOwn(key, owner))
        {
            throw new ThreadAccessDeniedException(key, $"Thread '{key}' would belong to somebody else than the user whose view of the store this is.");
        }
    }

    // What was looked at and what is changed must be the same thread; where it only moved on in between, it is looked at again.
    private async ValueTask<bool> WhileOwnAsync(
        ThreadKey key, ThreadStamp? wanted, Func<ThreadStamp, CancellationToken, ValueTask<bool>> change, CancellationToken cancellationToken)
    {
        ThreadStamp? tried = null;
        while (await GetHeadAsync(new() { Key = key }, cancellationToken).ConfigureAwait(false) is { } head && IsOwn(key, head.UserId) && head.Stamp != tried && (wanted ?? head.Stamp) == head.Stamp)
        {
            if (await change(head.Stamp, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }

            tried = head.Stamp;
        }

        return false;
    }

    // A view of everybody's threads need not look first.
    private async ValueTask<(bool Sees, CommitId? Life)> LifeAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        if (user is null)
        {
            return (true, null);
        }

        var head = await GetHeadAsync(new() { Key = key }, cancellationToken).ConfigureAwait(false);
        return (head is not null && IsOwn(key, head.UserId), head?.Life);
    }
}
