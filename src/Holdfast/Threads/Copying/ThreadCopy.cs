using Holdfast.Logs;

namespace Holdfast;

/// <summary>Copies one thread from a log to another, entry by entry: versions, ids, times, hashes and bytes stay, and so does its life.</summary>
/// <remarks>
/// The target shows the thread once it is whole: until then a property of its head says that it is incomplete. A copy that was cut off is taken up where it ended,
/// and commits that the source has got since the last copy are added. Nothing is ever overwritten. A thread that was whole before, and cannot be brought up to date because
/// something is wrong with the source, is shown again as it is by then: whichever commit it has got to, its head says what is true of it.
/// </remarks>
internal sealed class ThreadCopy(EntrySource source, StoreContext target)
{
    /// <summary>What <see cref="HeadProperties.Incomplete"/> says of a copy that was never whole.</summary>
    public const string Begun = "copy";

    // What it says of a thread that was whole, and is being brought up to date.
    private const string More = "more";

    private static readonly IReadOnlyDictionary<string, string?> Whole = new Dictionary<string, string?> { [HeadProperties.Incomplete] = null };
    private static readonly IReadOnlyDictionary<string, string?> Unfinished = new Dictionary<string, string?> { [HeadProperties.Incomplete] = More };

    private static readonly string[] OfArchives = [HeadProperties.ArchivedTo, HeadProperties.Dropping, HeadProperties.Closing, HeadProperties.Erased];

    private readonly ThreadHead _head = source.Head;
    private bool _wasWhole;
    private bool _isUpdate;
    private CopiedState? _state;
    private long _keyframe;

    /// <summary>Whether a thread that the target did not have stays out of sight until <see cref="ShowAsync"/>, because it is not whole without others.</summary>
    public bool IsHeldBack { get; init; }

    /// <summary>The head of the thread, as the target is to have it.</summary>
    public ThreadHead Head => _head;

    /// <summary>How many entries were written.</summary>
    public long Commits { get; private set; }

    /// <summary>How many bytes of bodies were written.</summary>
    public long Bytes { get; private set; }

    /// <param name="copied">Called after each entry that the target has, with the bytes that were written for it.</param>
    /// <param name="cancellationToken">Ends the copy between two entries.</param>
    public async ValueTask RunAsync(Action<int> copied, CancellationToken cancellationToken)
    {
        var standing = await target.Unguarded.GetHeadAsync(_head.Key, cancellationToken).ConfigureAwait(false);
        _wasWhole = standing is not null && HeadProperties.IsShown(standing);
        if (_wasWhole && standing!.Version >= _head.Version)
        {
            await CompareAsync(standing, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (standing is not null && standing.Life == _head.Life && standing.Version + 1 < _head.FirstVersion)
        {
            throw new HistoryDroppedException(
                _head.Key, standing.Version + 1, _head.FirstVersion, $"Thread '{_head.Key}' cannot be brought up to date: the target has it up to version {standing.Version}, and the source has dropped the versions before {_head.FirstVersion}. Erase it in the target to copy what the source has.");
        }

        _isUpdate = _wasWhole || standing?.Properties.GetValueOrDefault(HeadProperties.Incomplete) == More;
        if (_wasWhole)
        {
            await UpdateAsync(new() { Key = _head.Key, IfLife = standing!.Life, Properties = Unfinished }, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            _state = _isUpdate && standing!.Life == _head.Life ? await CopiedState.OfAsync(target, standing, cancellationToken).ConfigureAwait(false) : null;
            await CopyAsync(standing, copied, cancellationToken).ConfigureAwait(false);
            if (!IsHeldBack || _wasWhole)
            {
                await ShowAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch when (_isUpdate)
        {
            await ShowAgainAsync(standing!).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Removes what was copied of a thread that will never be whole. A thread that was whole before stays.</summary>
    public async ValueTask DiscardAsync(CancellationToken cancellationToken)
    {
        if (!_isUpdate && await target.Unguarded.GetHeadAsync(_head.Key, cancellationToken).ConfigureAwait(false) is { } copy
            && copy.Life == _head.Life && copy.Properties.ContainsKey(HeadProperties.Incomplete))
        {
            await target.Unguarded.EraseAsync(new EraseRequest { Key = _head.Key, IfUnchanged = copy.Stamp }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Shows the copy once it is whole. What others do to it at the same time is seen by the stamp.</summary>
    public async ValueTask ShowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var copy = await target.Unguarded.GetHeadAsync(_head.Key, cancellationToken).ConfigureAwait(false) ?? throw Different(_head.Version, 0);
            if (HeadProperties.IsShown(copy) && copy.Version >= _head.Version)
            {
                await CompareAsync(copy, cancellationToken).ConfigureAwait(false);
                return;
            }

            // The same version may have been the way to a later one: what is said of the thread is that of the later one then.
            if (copy.Position != _head.Position || !HeadFacts.AreSame(copy, _head))
            {
                throw new CommitConflictException(_head.Key, _head.Version, copy.Version, "another copy of the thread is under way, or was cut off: repeat that one");
            }

            await ReadBackAsync(Math.Max(_head.FirstVersion, copy.FirstVersion), cancellationToken).ConfigureAwait(false);
            var shown = new HeadUpdate { Key = _head.Key, IfUnchanged = copy.Stamp, Expiry = new(_head.ExpiresAt), Properties = Whole };
            if (await target.Unguarded.UpdateHeadAsync(shown, cancellationToken).ConfigureAwait(false) is not null)
            {
                return;
            }
        }
    }

    // A thread that was whole before is whole at any of its commits, where the head says what that commit left. Otherwise the next copy continues there.
    private async ValueTask ShowAgainAsync(ThreadHead before)
    {
        try
        {
            if (await target.Unguarded.GetHeadAsync(_head.Key, CancellationToken.None).ConfigureAwait(false) is { } now && now.Life == before.Life
                && ((_wasWhole && now.ChainHash == before.ChainHash) || await CopiedState.IsTrueAsync(target, now, CancellationToken.None).ConfigureAwait(false)))
            {
                await target.Unguarded.UpdateHeadAsync(new() { Key = _head.Key, IfUnchanged = now.Stamp, Expiry = new(before.ExpiresAt), Properties = Whole }, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (AgentStateException)
        {
            // What made the copy fail is told.
        }
    }

    private async ValueTask CopyAsync(ThreadHead? standing, Action<int> copied, CancellationToken cancellationToken)
    {
        var walk = Walk(_head.FirstVersion);
        await foreach (var entry in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var after = Step(walk, entry);
            _keyframe = entry.IsKeyframe ? entry.Version : _keyframe;
            if (entry.Version > (standing?.Version ?? 0))
            {
                await AppendAsync(entry, after, walk.Chain!.Value, begins: standing is null && Commits == 0, cancellationToken).ConfigureAwait(false);
                copied(entry.Body.Length);
                continue;
            }

            copied(0);
            if (entry.Version == standing?.Version && walk.Chain != standing.ChainHash)
            {
                throw Different(entry.Version, standing.Version);
            }
        }

        if (walk.Chain != _head.ChainHash)
        {
            throw new CorruptStateException(_head.Key, 0, $"expected the chain hash {_head.ChainHash} in the source; found {walk.Chain}.");
        }
    }

    // The target has as many versions or more: it is the same thread if it has the newest commit of the source, or had it and has dropped it.
    private async ValueTask CompareAsync(ThreadHead standing, CancellationToken cancellationToken)
    {
        var isSame = standing.Life == _head.Life && (standing.Version == _head.Version
            ? standing.ChainHash == _head.ChainHash
            : standing.FirstVersion > _head.Version || (await source.NewestAsync(cancellationToken).ConfigureAwait(false) is { } commit
                && commit == await CommitAtHeadAsync(cancellationToken).ConfigureAwait(false)));
        if (!isSame)
        {
            throw Different(_head.Version, standing.Version);
        }

        if (standing.Version == _head.Version && standing.ExpiresAt != _head.ExpiresAt)
        {
            await UpdateAsync(new() { Key = _head.Key, IfLife = standing.Life, Expiry = new(_head.ExpiresAt) }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<CommitId?> CommitAtHeadAsync(CancellationToken cancellationToken)
    {
        await foreach (var entry in target.Unguarded.ReadAsync(Request(_head.Version), cancellationToken).ConfigureAwait(false))
        {
            return entry.CommitId;
        }

        return null;
    }

    private async ValueTask AppendAsync(LogEntry entry, Digest after, Digest chain, bool begins, CancellationToken cancellationToken)
    {
        var isLast = entry.Version == _head.Version;
        var head = isLast ? _head : _head with
        {
            Version = entry.Version,
            KeyframeVersion = _keyframe,
            ChainHash = chain,
            UpdatedAt = entry.At,
            ExpiresAt = null,
            DueAt = null,
            Terms = [],
        };
        var request = new AppendRequest
        {
            Entry = entry,
            After = after,
            Begins = begins,
            Head = (isLast || _state is null ? head : _state.After(entry, head)) with { Properties = PropertiesOfCopy() },
        };
        var result = await target.Unguarded.AppendAsync(request, cancellationToken).ConfigureAwait(false);
        if (result.Outcome is not (AppendOutcome.Appended or AppendOutcome.Duplicate))
        {
            throw Different(entry.Version, result.CurrentVersion);
        }

        Commits++;
        Bytes += entry.Body.Length;
    }

    // What was emptied is not noted: a copy that was begun before may have it still. What was read from an archive is in the copy.
    private Dictionary<string, string> PropertiesOfCopy()
    {
        var properties = new Dictionary<string, string>(_head.Properties) { [HeadProperties.Incomplete] = Begun };
        properties.Remove(HeadProperties.Emptied);
        foreach (var property in OfArchives)
        {
            properties.Remove(property);
        }

        return properties;
    }

    // The target may have dropped what the source has still.
    private async ValueTask ReadBackAsync(long first, CancellationToken cancellationToken)
    {
        var walk = Walk(first);
        await foreach (var entry in target.Unguarded.ReadAsync(Request(first), cancellationToken).ConfigureAwait(false))
        {
            Step(walk, entry);
        }

        if (walk.Chain != _head.ChainHash)
        {
            throw new CorruptStateException(_head.Key, 0, $"expected the chain hash {_head.ChainHash} in the copy; found {walk.Chain}.");
        }
    }

    private async ValueTask<ThreadHead> UpdateAsync(HeadUpdate update, CancellationToken cancellationToken)
        => await target.Unguarded.UpdateHeadAsync(update, cancellationToken).ConfigureAwait(false) ?? throw Different(_head.Version, 0);

    // Bodies need not be opened, but for the first one of a trimmed thread: only that says what the chain had reached before it.
    private static Digest Step(EntryWalk walk, LogEntry entry)
    {
        if (walk.Chain is { } chain)
        {
            walk.Pass(entry);
            return chain;
        }

        return walk.Open(entry).Body.ChainBefore ?? throw new CorruptStateException(entry.Key, entry.Version, "the oldest entry is no keyframe, so nothing before it can have been dropped.");
    }

    private EntryWalk Walk(long first)
        => new(target.Bodies, _head.Key) { Expected = first, NewestKeyframe = _head.KeyframeVersion, Chain = first == 1 ? ChainHash.Start : null };

    private ReadRequest Request(long from) => new() { Key = _head.Key, From = from, To = _head.Version, Life = _head.Life };

    private CommitConflictException Different(long expected, long actual)
        => new(_head.Key, expected, actual, "the target has a thread with this id whose commits are not those of the source");
}
