using System.Globalization;
using System.Text;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>Makes valid append requests for one thread, and remembers what was accepted, so that a test can compare it with what a log returns.</summary>
/// <remarks>Not thread safe: concurrent writers each have their own, made by <see cref="From"/>.</remarks>
public sealed class ThreadWriter
{
    private static readonly DateTimeOffset FirstCommit = new(2026, 11, 21, 8, 0, 0, 123, TimeSpan.Zero);
    private readonly List<LogEntry> _entries = [];

    /// <summary>Begins a thread that is not there yet.</summary>
    public ThreadWriter(ThreadKey key) => Key = key;

    private ThreadWriter(ThreadHead head, IEnumerable<LogEntry> entries)
        : this(head.Key)
    {
        Head = head;
        _entries.AddRange(entries);
    }

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; private set; }

    /// <summary>The head after the last request that was accepted; null before the first.</summary>
    public ThreadHead? Head { get; private set; }

    /// <summary>The entries of all requests that were accepted, oldest first.</summary>
    public IReadOnlyList<LogEntry> Entries => _entries;

    /// <summary>The version of the last request that was accepted; 0 before the first.</summary>
    public long Version => Head?.Version ?? 0;

    /// <summary>Continues a thread whose end was read from a log; from the beginning for null.</summary>
    public static ThreadWriter From(ThreadKey key, ThreadTail? tail) => tail is null ? new(key) : new(tail.Head, tail.Entries);

    /// <summary>A writer that stands where this one stands and goes its own way.</summary>
    public ThreadWriter Copy() => Head is { } head ? new(head, _entries) { Pins = Pins } : new(Key);

    /// <summary>Makes the request for the next entry.</summary>
    public AppendRequest Next(EntryDraft? draft = null)
    {
        draft ??= new();
        var version = Head is null ? draft.FirstVersion : Version + 1;
        var body = draft.Body ?? Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"v":1,"turn":{{version}}}"""));
        var entry = new LogEntry
        {
            Key = Key,
            Version = version,
            CommitId = draft.CommitId ?? CommitId.New(TimeProvider.System),
            At = draft.At ?? Head?.UpdatedAt.AddSeconds(1) ?? FirstCommit,
            MessageCount = draft.MessageCount,
            IsKeyframe = draft.IsKeyframe,
            BodyHash = draft.BodyHash ?? Digest.Compute(body.Span),
            RewrittenHash = draft.BodyHash is null ? null : Digest.Compute(body.Span),
            Body = body,
        };
        var after = Head?.ChainHash ?? draft.After;
        var head = new ThreadHead
        {
            Key = Key,
            Life = draft.Life ?? entry.CommitId,
            FirstVersion = version,
            Version = version,
            ChainHash = after,
            CreatedAt = entry.At,
            UpdatedAt = entry.At,
        };
        if (Head is { } before)
        {
            head = before with { Version = version, UpdatedAt = entry.At };
        }

        head = draft.Head(head with
        {
            ChainHash = ChainHash.Next(after, entry),
            KeyframeVersion = draft.IsKeyframe ? version : head.KeyframeVersion,
            MessageCount = head.MessageCount + draft.MessageCount,
        });
        return new() { Entry = entry, Head = head, After = after, Begins = Head is null, KeepExpiry = draft.KeepExpiry };
    }

    /// <summary>Takes <paramref name="request"/> for accepted, so that the next one follows it.</summary>
    public void Accept(AppendRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        _entries.Add(request.Entry with { Body = request.Entry.Body.ToArray() });
        Head = AppendRules.HeadAfter(request, Head);
    }

    /// <summary>The pins of all updates that were accepted.</summary>
    public IReadOnlyList<Pin> Pins { get; private set; } = [];

    /// <summary>Takes a change of the head by maintenance for accepted.</summary>
    public void AcceptUpdate(HeadUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        (Head, Pins) = HeadRules.Apply(update, Head!, Pins);
    }

    /// <summary>Takes a change of expiry for accepted.</summary>
    public void AcceptExpiry(DateTimeOffset? expiresAt) => AcceptUpdate(new() { Key = Key, Expiry = new(expiresAt) });

    /// <summary>Takes a rewrite for accepted.</summary>
    public void AcceptRewrite(IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow = 0)
        => AcceptRewrite(new() { Key = Key, Replacements = replacements, DropBelow = dropBelow });

    /// <summary>Takes a rewrite for accepted.</summary>
    public void AcceptRewrite(RewriteRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        _entries.RemoveAll(entry => entry.Version < request.DropBelow);
        for (var i = 0; i < _entries.Count; i++)
        {
            if (request.Replacements.TryGetValue(_entries[i].Version, out var body))
            {
                _entries[i] = RewriteRules.Replace(_entries[i], body.ToArray());
            }
        }

        Head = RewriteRules.HeadAfter(request, Head!);
    }

    /// <summary>Takes for accepted that the thread was renamed to a trunk.</summary>
    public void AcceptTrunk()
    {
        Key = ThreadKey.Trunk(Key, Head!.Life);
        Head = Head with { Key = Key };
        for (var i = 0; i < _entries.Count; i++)
        {
            _entries[i] = _entries[i] with { Key = Key };
        }
    }

    /// <summary>Appends the next entry to <paramref name="log"/>, which must accept it.</summary>
    /// <returns>The request, for those who want to repeat it.</returns>
    /// <exception cref="ConformanceException">The log did not append it.</exception>
    public async Task<AppendRequest> AppendAsync(ICommitLog log, EntryDraft? draft = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        var request = Next(draft);
        var result = await log.AppendAsync(request, cancellationToken).ConfigureAwait(false);
        if (result != AppendResult.Appended(request.Entry.Version))
        {
            throw new ConformanceException($"Version {request.Entry.Version} of thread '{Key}' should have been appended; the log answered {result}.");
        }

        Accept(request);
        return request;
    }

    /// <summary>Appends <paramref name="count"/> small entries; those whose versions are in <paramref name="keyframes"/> are keyframes.</summary>
    public async Task AppendManyAsync(ICommitLog log, int count, IReadOnlyCollection<long>? keyframes = null, CancellationToken cancellationToken = default)
    {
        for (var i = 0; i < count; i++)
        {
            await AppendAsync(log, new() { IsKeyframe = keyframes?.Contains(Version + 1) == true }, cancellationToken).ConfigureAwait(false);
        }
    }
}
