using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Holdfast.Logs;

/// <summary>A log in the memory of the process: for development, and as the test double of the durable logs.</summary>
/// <remarks>It fulfils the whole contract but durability: everything is gone with the instance.</remarks>
public sealed class InMemoryCommitLog : ICommitLog
{
    private readonly ConcurrentDictionary<ThreadKey, MemoryThread> _threads = new();

    /// <inheritdoc/>
    public LogCapabilities Capabilities => LogCapabilities.None;

    /// <inheritdoc/>
    public string Description => "memory (gone when the process ends)";

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            var thread = _threads.GetOrAdd(request.Entry.Key, static _ => new());
            lock (thread)
            {
                if (thread.IsErased)
                {
                    continue;
                }

                var result = thread.Append(request);
                if (thread.Head is null)
                {
                    Remove(request.Entry.Key, thread);
                }

                return new(result);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<ThreadTail?> ReadTailAsync(ThreadKey key, int minimumEntries = 0, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(With(key, thread => thread.Head is { } head ? new ThreadTail(head, thread.Tail(minimumEntries)) : null));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key,
        long from = 1,
        long to = long.MaxValue,
        ReadDirection direction = ReadDirection.Forward,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        var entries = With(key, thread => thread.Range(from, to)) ?? [];
        if (direction == ReadDirection.Backward)
        {
            Array.Reverse(entries);
        }

        foreach (var entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ThreadHead?> GetHeadAsync(ThreadKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(With(key, thread => thread.Head));
    }

    /// <inheritdoc/>
    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(HeadOrder.Page(_threads.Values.Select(thread => thread.Head).OfType<ThreadHead>(), query));
    }

    /// <inheritdoc/>
    public ValueTask<bool> SetExpiryAsync(ThreadKey key, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(With(key, thread => thread.SetExpiry(expiresAt)));
    }

    /// <inheritdoc/>
    public ValueTask<bool> RewriteAsync(
        ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(replacements);
        cancellationToken.ThrowIfCancellationRequested();
        return new(With(key, thread => thread.Rewrite(replacements, dropBelow)));
    }

    /// <inheritdoc/>
    public ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(With(key, thread =>
        {
            if (thread.Head is not { } head || (ifUnchanged is not null && !head.IsUnchangedSince(ifUnchanged)))
            {
                return false;
            }

            Remove(key, thread);
            return true;
        }));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private T? With<T>(ThreadKey key, Func<MemoryThread, T> use)
    {
        if (!_threads.TryGetValue(key, out var thread))
        {
            return default;
        }

        lock (thread)
        {
            return thread.IsErased ? default : use(thread);
        }
    }

    private void Remove(ThreadKey key, MemoryThread thread)
    {
        thread.IsErased = true;
        _threads.TryRemove(new(key, thread));
    }
}
