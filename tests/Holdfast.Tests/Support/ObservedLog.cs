using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast.Tests.Support;

/// <summary>A log that counts what is asked of it, and shows entries and heads otherwise than they are stored, where a test wants that.</summary>
internal sealed class ObservedLog(ICommitLog inner) : ICommitLog
{
    /// <summary>Every request to append, whatever came of it.</summary>
    public List<AppendRequest> Requests { get; } = [];

    public int TailReads { get; private set; }

    public int EntryReads { get; private set; }

    public int HeadReads { get; private set; }

    /// <summary>Calls of any kind.</summary>
    public int Calls { get; private set; }

    public int Disposals { get; private set; }

    /// <summary>The bytes of all bodies that were read.</summary>
    public long BytesRead { get; private set; }

    /// <summary>The bytes of all bodies that were appended.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>How an entry is shown; null where it is missing.</summary>
    public Func<LogEntry, LogEntry?> ShowEntry { get; set; } = entry => entry;

    /// <summary>How a head is shown.</summary>
    public Func<ThreadHead, ThreadHead> ShowHead { get; set; } = head => head;

    /// <summary>A thread that listings leave out, because its head is damaged.</summary>
    public ThreadKey? Damaged { get; set; }

    /// <summary>What happens once between the next read of a head and the call that follows it.</summary>
    public Func<Task>? AfterHeadRead { get; set; }

    public LogCapabilities Capabilities => inner.Capabilities;

    public string Description => inner.Description;

    public void Reset()
    {
        Requests.Clear();
        (TailReads, EntryReads, HeadReads, Calls, BytesRead, BytesWritten) = (0, 0, 0, 0, 0, 0);
    }

    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        Calls++;
        Requests.Add(request);
        var result = await inner.AppendAsync(request, cancellationToken);
        BytesWritten += result.Outcome == AppendOutcome.Appended ? request.Entry.Body.Length : 0;
        return result;
    }

    public async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        Calls++;
        TailReads++;
        return await inner.ReadTailAsync(request, cancellationToken) is { } tail
            ? new(ShowHead(tail.Head), [.. tail.Entries.Select(Show).OfType<LogEntry>()])
            : null;
    }

    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Calls++;
        EntryReads++;
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
        Calls++;
        HeadReads++;
        var head = await inner.GetHeadAsync(request, cancellationToken);
        if (AfterHeadRead is { } happens)
        {
            AfterHeadRead = null;
            await happens();
        }

        return head is null ? null : ShowHead(head);
    }

    public async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        Calls++;
        var page = await inner.ListAsync(query, cancellationToken);
        return Damaged is not { } damaged || page.Heads.All(head => head.Key != damaged) ? page
            : page with { Heads = [.. page.Heads.Where(head => head.Key != damaged)], LeftOut = [new CorruptStateException(damaged, 0, "its head cannot be read")] };
    }

    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        Calls++;
        return inner.UpdateHeadAsync(update, cancellationToken);
    }

    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        Calls++;
        return inner.RewriteAsync(request, cancellationToken);
    }

    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        Calls++;
        return inner.EraseAsync(request, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return inner.DisposeAsync();
    }

    private LogEntry? Show(LogEntry entry)
    {
        BytesRead += entry.Body.Length;
        return ShowEntry(entry);
    }
}
