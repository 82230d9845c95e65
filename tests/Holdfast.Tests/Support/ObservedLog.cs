using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast.Tests.Support;

/// <summary>A log that counts what is asked of it, and shows entries and heads otherwise than they are stored, where a test wants that. Thread safe.</summary>
internal sealed class ObservedLog(ICommitLog inner) : ICommitLog
{
    private readonly ConcurrentQueue<AppendRequest> _requests = new();
    private int _tailReads;
    private int _entryReads;
    private int _headReads;
    private int _calls;
    private int _disposals;
    private long _bytesRead;
    private long _bytesWritten;
    private Func<Task>? _afterHeadRead;

    /// <summary>Every request to append, whatever came of it.</summary>
    public IReadOnlyList<AppendRequest> Requests => [.. _requests];

    public int TailReads => Volatile.Read(ref _tailReads);

    public int EntryReads => Volatile.Read(ref _entryReads);

    public int HeadReads => Volatile.Read(ref _headReads);

    /// <summary>Calls of any kind.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public int Disposals => Volatile.Read(ref _disposals);

    /// <summary>The bytes of all bodies that were read.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>The bytes of all bodies that were appended.</summary>
    public long BytesWritten => Interlocked.Read(ref _bytesWritten);

    /// <summary>How an entry is shown; null where it is missing.</summary>
    public Func<LogEntry, LogEntry?> ShowEntry { get; set; } = entry => entry;

    /// <summary>How a head is shown.</summary>
    public Func<ThreadHead, ThreadHead> ShowHead { get; set; } = head => head;

    /// <summary>A thread that listings leave out, because its head is damaged.</summary>
    public ThreadKey? Damaged { get; set; }

    /// <summary>What happens once between the next read of a head and the call that follows it.</summary>
    public Func<Task>? AfterHeadRead
    {
        set => _afterHeadRead = value;
    }

    public LogCapabilities Capabilities => inner.Capabilities;

    public string Description => inner.Description;

    public void Reset()
    {
        _requests.Clear();
        (_tailReads, _entryReads, _headReads, _calls, _bytesRead, _bytesWritten) = (0, 0, 0, 0, 0, 0);
    }

    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        _requests.Enqueue(request);
        var result = await inner.AppendAsync(request, cancellationToken);
        Interlocked.Add(ref _bytesWritten, result.Outcome == AppendOutcome.Appended ? request.Entry.Body.Length : 0);
        return result;
    }

    public async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _tailReads);
        return await inner.ReadTailAsync(request, cancellationToken) is { } tail
            ? new(ShowHead(tail.Head), [.. tail.Entries.Select(Show).OfType<LogEntry>()])
            : null;
    }

    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _entryReads);
        await foreach (var entry in inner.ReadAsync(request, cancellationToken))
        {
            if (Show(entry) is { } shown)
            {
                yield return shown;
            }
        }
    }

    public async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _headReads);
        var head = await inner.GetHeadAsync(request, cancellationToken);
        if (Interlocked.Exchange(ref _afterHeadRead, null) is { } happens)
        {
            await happens();
        }

        return head is null ? null : ShowHead(head);
    }

    public async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        var page = await inner.ListAsync(query, cancellationToken);
        return Damaged is not { } damaged || page.Heads.All(head => head.Key != damaged) ? page
            : page with { Heads = [.. page.Heads.Where(head => head.Key != damaged)], LeftOut = [new CorruptStateException(damaged, 0, "its head cannot be read")] };
    }

    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        return inner.UpdateHeadAsync(update, cancellationToken);
    }

    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        return inner.RewriteAsync(request, cancellationToken);
    }

    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        return inner.EraseAsync(request, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref _disposals);
        return inner.DisposeAsync();
    }

    private LogEntry? Show(LogEntry entry)
    {
        Interlocked.Add(ref _bytesRead, entry.Body.Length);
        return ShowEntry(entry);
    }
}
