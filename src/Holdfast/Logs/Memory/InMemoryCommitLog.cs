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
        AppendRules.Check(request);
        cancellationToken.ThrowIfCancellationRequested();
        var key = request.Entry.Key;
        while (true)
        {
            var thread = _threads.GetOrAdd(key, static key => new(key));
            lock (thread)
            {
                if (thread.Key != key)
                {
                    continue;
                }

                var result = thread.Head is null && AppendRules.TrunkInTheWay(request) is { } trunk && _threads.ContainsKey(trunk)
                    ? AppendResult.Conflict(0)
                    : thread.Append(request);
                if (thread.Head is null)
                {
                    Remove(key, thread);
                }

                return new(result);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        return new(With(request.Key, (thread, head) => request.Life is { } life && life != head.Life
            ? null
            : new ThreadTail(head, thread.Range(TailWindow.Start(head, request), head.Version))));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        await Task.CompletedTask.ConfigureAwait(false);
        var entries = With(request.Key, (thread, head) => request.Life is { } life && life != head.Life ? [] : thread.Range(request.From, request.To)) ?? [];
        if (request.Direction == ReadDirection.Backward)
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
    public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        return new(With(request.Key, (thread, head) => request.WithPins ? head with { Pins = thread.Pins } : head));
    }

    /// <inheritdoc/>
    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(HeadOrder.Page(_threads.Values.Select(thread => thread.Head).OfType<ThreadHead>(), query));
    }

    /// <inheritdoc/>
    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        HeadRules.Check(update);
        cancellationToken.ThrowIfCancellationRequested();
        return new(With(update.Key, (thread, head) => update.IsAllowed(head) ? thread.Update(update) : null));
    }

    /// <inheritdoc/>
    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        return new(With(request.Key, (thread, head) => IsUnchanged(head, request.IfUnchanged) && thread.Rewrite(request)));
    }

    /// <inheritdoc/>
    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        EraseRules.Check(request);
        cancellationToken.ThrowIfCancellationRequested();
        return new(With(request.Key, (thread, head) =>
        {
            if (!IsUnchanged(head, request.IfUnchanged))
            {
                return false;
            }

            if (request.KeepAsTrunk)
            {
                var trunk = ThreadKey.Trunk(request.Key, head.Life);
                thread.Rename(trunk);
                _threads[trunk] = thread;
                _threads.TryRemove(new(request.Key, thread));
                return true;
            }

            Remove(request.Key, thread);
            return true;
        }));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private static bool IsUnchanged(ThreadHead head, ThreadStamp? stamp) => stamp is null || stamp == head.Stamp;

    private T? With<T>(ThreadKey key, Func<MemoryThread, ThreadHead, T> use)
    {
        if (!_threads.TryGetValue(key, out var thread))
        {
            return default;
        }

        lock (thread)
        {
            return thread.Key == key && thread.Head is { } head ? use(thread, head) : default;
        }
    }

    private void Remove(ThreadKey key, MemoryThread thread)
    {
        thread.Erase();
        _threads.TryRemove(new(key, thread));
    }
}
