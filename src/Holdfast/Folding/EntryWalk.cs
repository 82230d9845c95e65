using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The one way from entry to entry: each must be the one that is expected next, of the right thread, whole, and chained to the one before it.</summary>
/// <remarks>Strict: it throws at the first damage. Who wants to collect problems catches, and says with <see cref="GoOnFrom"/> where it continues.</remarks>
/// <param name="bodies">How bodies are opened.</param>
/// <param name="key">The thread.</param>
internal sealed class EntryWalk(BodyPipeline bodies, ThreadKey key)
{
    /// <summary>The version that must come next; null for any.</summary>
    public long? Expected { get; init; }

    /// <summary>The chain hash after the last entry; null as long as it is not known.</summary>
    public Digest? Chain { get; set; }

    /// <summary>The version of the newest keyframe; an entry from there on must not have been rewritten. Null where that is not known.</summary>
    public long? NewestKeyframe { get; init; }

    /// <summary>Whether entries whose body was dropped are passed on, as <see cref="CommitBody.IsDropped"/>; otherwise they throw.</summary>
    public bool AllowsDropped { get; init; }

    /// <summary>The direction.</summary>
    public ReadDirection Direction { get; init; }

    private int Step => Direction == ReadDirection.Forward ? 1 : -1;

    private long? _next;
    private bool _hasBegun;

    /// <summary>The version that must come next; null for any.</summary>
    public long? Next => _hasBegun ? _next : Expected;

    /// <summary>Continues with a version, as if nothing was known of what is before it.</summary>
    public void GoOnFrom(long? version)
    {
        (_next, _hasBegun) = (version, true);
        Chain = null;
    }

    /// <summary>Checks an entry without opening its body.</summary>
    /// <exception cref="CorruptStateException">It is not the one that must come, or not what was written.</exception>
    public void Pass(LogEntry entry)
    {
        if (Next is { } expected && entry.Version != expected)
        {
            throw new CorruptStateException(key, expected, $"the entry is missing; version {entry.Version} came instead.");
        }

        if (entry.Key != key)
        {
            throw new CorruptStateException(key, entry.Version, $"the entry is one of thread '{entry.Key}'.");
        }

        if (Digest.Compute(entry.Body.Span) != entry.StoredHash)
        {
            throw new CorruptStateException(key, entry.Version, "the body does not have the hash that was stored with it.");
        }

        if (entry.RewrittenHash is not null && entry.Version >= NewestKeyframe)
        {
            throw new CorruptStateException(key, entry.Version, "the body was replaced, which never happens to the newest keyframe or to what follows it.");
        }

        Advance(entry);
    }

    /// <summary>Checks an entry and opens its body.</summary>
    /// <exception cref="CorruptStateException">It is not the one that must come, or not what was written.</exception>
    /// <exception cref="HistoryDroppedException">What it said was dropped.</exception>
    /// <exception cref="UnknownFormatException">A newer version of the library wrote it.</exception>
    public OpenedEntry Open(LogEntry entry)
    {
        var before = Chain;
        Pass(entry);
        var json = bodies.Decode(entry);
        var body = CommitBodyReader.Read(entry, json);
        if (body.IsDropped)
        {
            return AllowsDropped ? new(entry, body, json.Length) : throw HistoryDroppedException.Between(key, entry.Version);
        }

        if (entry.IsKeyframe && body.State is null)
        {
            throw new CorruptStateException(key, entry.Version, "the keyframe has no state.");
        }

        if (body.ChainBefore is { } said && Direction == ReadDirection.Forward)
        {
            if (before is { } known && known != said)
            {
                throw new CorruptStateException(key, entry.Version, $"the chain hash before it is {known}; the keyframe says {said}.");
            }

            Chain = ChainHash.Next(said, entry);
        }

        return new(entry, body, json.Length);
    }

    /// <summary>Throws unless the walk has reached what the head says.</summary>
    /// <exception cref="CorruptStateException">It ends elsewhere.</exception>
    public void ExpectEnd(ThreadHead head)
    {
        if (Next != head.Version + 1 || Chain != head.ChainHash)
        {
            throw new CorruptStateException(
                key, head.Version, $"the entries end at version {Next - 1} with chain hash {Chain}; the head says {head.Version} and {head.ChainHash}.");
        }
    }

    /// <summary>Reads and opens entries; the last one must be <paramref name="last"/>, where one is given.</summary>
    /// <exception cref="CorruptStateException">An entry is damaged or missing.</exception>
    /// <exception cref="HistoryDroppedException">An entry was dropped.</exception>
    /// <exception cref="ThreadNotFoundException">Entries are missing, and there is no such thread, or it has another life.</exception>
    public async IAsyncEnumerable<OpenedEntry> ReadAsync(
        ICommitLog log, ReadRequest request, long? last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in log.ReadAsync(request with { Key = key, Direction = Direction }, cancellationToken).ConfigureAwait(false))
        {
            OpenedEntry opened;
            var expected = Next;
            try
            {
                opened = Open(entry);
            }
            catch (CorruptStateException e) when (expected is { } missing && missing != entry.Version)
            {
                await RefuseIfDroppedAsync(log, request.Life, missing, e, cancellationToken).ConfigureAwait(false);
                throw;
            }

            yield return opened;
        }

        if (last is { } version && Next is { } next && next != version + Step)
        {
            var missing = new CorruptStateException(key, next, "the entry is missing.");
            await RefuseIfDroppedAsync(log, request.Life, next, missing, cancellationToken).ConfigureAwait(false);
            throw missing;
        }
    }

    /// <summary>Tells what became of a missing entry: it may have been dropped on purpose since the head was read, or the whole thread erased. Otherwise the thread is damaged.</summary>
    /// <param name="log">The log.</param>
    /// <param name="life">The life that was read; null for any.</param>
    /// <param name="version">The version that is missing.</param>
    /// <param name="missing">What is thrown where the head cannot be read.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="HistoryDroppedException">It was dropped.</exception>
    /// <exception cref="ThreadNotFoundException">There is no such thread, or it has another life.</exception>
    public async ValueTask RefuseIfDroppedAsync(ICommitLog log, CommitId? life, long version, CorruptStateException missing, CancellationToken cancellationToken)
    {
        ThreadHead? head;
        try
        {
            head = await log.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (CorruptStateException)
        {
            throw missing;
        }

        if (head is null || (life is { } wanted && head.Life != wanted))
        {
            throw new ThreadNotFoundException(key);
        }

        if (version < head.FirstVersion)
        {
            throw new HistoryDroppedException(key, version, head.FirstVersion, HeadProperties.TrimmedAt(head));
        }
    }

    private void Advance(LogEntry entry)
    {
        _hasBegun = true;
        _next = entry.Version + Step;
        Chain = Direction == ReadDirection.Forward && Chain is { } chain ? ChainHash.Next(chain, entry) : null;
    }
}
