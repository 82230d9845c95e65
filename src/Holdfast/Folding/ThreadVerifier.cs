using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads a whole thread and compares everything that is stored twice.</summary>
/// <param name="bodies">How bodies are opened.</param>
/// <param name="key">The thread.</param>
/// <param name="head">Its head; null if it cannot be read.</param>
internal sealed class ThreadVerifier(BodyPipeline bodies, ThreadKey key, ThreadHead? head)
{
    /// <summary>After so many damaged entries in a row, without a head that tells where the thread ends, there are no more to look for.</summary>
    private const int MostDamagedInARow = 1000;

    private readonly List<VerificationProblem> _problems = [];
    private readonly List<VerificationProblem> _otherStates = [];
    private readonly RedactionNotes _redactions = new();
    private readonly HashSet<(string Section, string Key)> _assigned = [];
    private readonly EntryWalk _walk = new(bodies, key) { Expected = head?.FirstVersion, NewestKeyframe = head?.KeyframeVersion, Chain = head?.FirstVersion is null or 1 ? ChainHash.Start : null };
    private ThreadState _state = new();
    private DateTimeOffset _at;
    private DateTimeOffset? _deletedAt;
    private bool _knowsDeletion = head?.FirstVersion is null or 1;
    private bool _isFolding = head?.FirstVersion is null or 1;
    private long _entries;
    private long _keyframe;
    private long _newestWhole;
    private GoodRun? _run;
    private bool _isInterrupted;
    private bool _closes;
    private bool _isReplaced;

    /// <summary>Told each entry that is checked.</summary>
    public Action<LogEntry>? Seen { get; init; }

    /// <summary>What was found so far.</summary>
    public IReadOnlyList<VerificationProblem> Problems => _problems;

    /// <summary>The newest entries that are good; null if there are none.</summary>
    public GoodRun? NewestRun { get; private set; }

    /// <summary>The oldest version that was found, whole or not; 0 if there is none.</summary>
    public long Oldest { get; private set; }

    /// <summary>What the thread folds to after what was checked; null where damage keeps it from being folded.</summary>
    public ThreadState? Folded => _isFolding && !IsPart ? _state : null;

    // A trunk that was copied for a fork ends where the fork begins, without the commit that closes a thread: its head says nothing of a state.
    private bool IsPart => key.Space == ThreadSpace.Trunks && !_closes && head?.Properties.ContainsKey(HeadProperties.Closed) is true;

    /// <summary>Reads the thread from a log and checks it.</summary>
    /// <param name="log">The log.</param>
    /// <param name="headDamage">Why the head cannot be read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async ValueTask<VerificationReport> VerifyAsync(ICommitLog log, AgentStateException? headDamage, CancellationToken cancellationToken)
    {
        if (headDamage is not null)
        {
            Report(0, headDamage.Message);
        }

        return Conclude(await ReadAsync(log, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Tells what was found, once all entries were checked.</summary>
    /// <param name="isWhole">Whether every entry could be read.</param>
    public VerificationReport Conclude(bool isWhole)
    {
        var pending = head is not null && HasNotes ? _redactions.Pending(head.FirstVersion) : [];
        if (head is not null)
        {
            AllowStates(pending);
            CheckRedactions(head);
            CheckHead(head, isWhole);
        }

        return new(key.Id, head?.Version ?? _newestWhole, _entries, _problems) { Key = key, PendingRedactions = pending };
    }

    // In a trunk bodies are replaced without a note: nothing of it is a state any more that a note could be committed to.
    private bool HasNotes => key.Space != ThreadSpace.Trunks;

    /// <summary>Checks the entry that comes next.</summary>
    public void Check(LogEntry entry)
    {
        _entries++;
        Seen?.Invoke(entry);
        _redactions.Saw(entry);
        Oldest = Oldest == 0 ? entry.Version : Oldest;
        if (head is null && _entries == 1 && entry.Version > 1)
        {
            // A fork, or one that was trimmed: nothing says what was before it.
            (_walk.Chain, _isFolding, _knowsDeletion) = (null, false, false);
        }

        if (entry.Version == 1 && head is not null)
        {
            Expect(0, "its life", entry.CommitId, head.Life);
            Expect(0, "when it was created", entry.At, head.CreatedAt);
        }

        (_at, _keyframe) = (entry.At, entry.IsKeyframe ? entry.Version : _keyframe);
        if (_walk.Next is { } expected && entry.Version > expected)
        {
            Report(expected, $"expected an entry; version {entry.Version} comes next.");
            Restart(entry.Version);
        }

        var problems = _problems.Count;
        try
        {
            var opened = _walk.Open(entry);
            Fold(opened);
            _newestWhole = entry.Version;
            _run = _problems.Count == problems ? GoodRun.After(_run, opened, _deletedAt) : null;
            NewestRun = _run ?? NewestRun;
        }
        catch (HistoryDroppedException)
        {
            // Dropped on purpose: the chain goes on over it, the fold begins again with the next keyframe.
            (_newestWhole, _isFolding, _knowsDeletion, _run) = (entry.Version, false, false, null);
        }
        catch (AgentStateException e)
        {
            Report(entry.Version, e.Message);
            Restart(entry.Version + 1);
        }
    }

    // Reads on after each entry that the log cannot read. Returns whether all could be read.
    private async ValueTask<bool> ReadAsync(ICommitLog log, CancellationToken cancellationToken)
    {
        var (from, to, inARow, isWhole) = (1L, head?.Version ?? long.MaxValue, 0, true);
        while (true)
        {
            var before = _entries;
            try
            {
                await foreach (var entry in log.ReadAsync(new ReadRequest { Key = key, From = from, To = to, Life = head?.Life }, cancellationToken).ConfigureAwait(false))
                {
                    Check(entry);
                }

                return isWhole;
            }
            catch (CorruptStateException e)
            {
                inARow = _entries == before ? inARow + 1 : 1;
                if (e.Version >= from || isWhole)
                {
                    Report(e.Version, e.Message);
                }

                isWhole = false;
                Oldest = Oldest == 0 ? e.Version : Oldest;
                if (e.Version < from || e.Version >= to || inARow >= MostDamagedInARow)
                {
                    return false;
                }

                from = e.Version + 1;
                Restart(from);
            }
        }
    }

    // What comes after a damaged entry is checked as far as it can be without that one.
    private void Restart(long version)
    {
        (_knowsDeletion, _run, _isInterrupted) = (false, null, true);
        _walk.GoOnFrom(version);
        _isFolding = false;
    }

    private void Fold(OpenedEntry opened)
    {
        var (entry, body) = (opened.Entry, opened.Body);
        _closes = body.Change.Closes;
        Expect(entry.Version, "when it was made", entry.At, body.At);
        Expect(entry.Version, "whether it is a keyframe", entry.IsKeyframe, body.State is not null);

        if (head is not null)
        {
            _redactions.Read(opened, head.Life);
        }

        // A body that was replaced need not lead to the state that the original one led to.
        _isFolding &= entry.RewrittenHash is null;
        if (body.Change.Deleted is { } deleted && (!deleted || _deletedAt is null))
        {
            (_deletedAt, _knowsDeletion) = (deleted ? entry.At : null, true);
        }

        if (_isFolding)
        {
            _state.Apply(opened.Entry, opened.Body.Change);
            if (_isReplaced)
            {
                _assigned.UnionWith(body.Change.Sections.Where(item => !item.Change.OnlyAppends).Select(item => (item.Section, item.Key)));
            }
        }

        if (body.State is { } keyframe)
        {
            if (_isFolding && !IsState(keyframe))
            {
                Report(entry.Version, "expected the keyframe to be what the commits before it fold to; it is another state.");
                if (_isReplaced)
                {
                    _otherStates.Add(_problems[^1]);
                }
            }

            // Whatever was dropped, replaced or damaged before it: from here on it can be folded again.
            (_state, _isFolding, _isReplaced) = (keyframe, true, entry.RewrittenHash is not null);
            _assigned.Clear();
        }
    }

    // What came from a keyframe that a redaction has replaced may be otherwise in one that was made while it ran: the next run finds it there.
    private bool IsState(ThreadState keyframe)
    {
        if (_isReplaced)
        {
            TakeInherited(_state.Sections, keyframe);
            TakeInherited(keyframe.Sections, keyframe);
        }

        return _state.SameAs(keyframe);
    }

    private void TakeInherited(IReadOnlyDictionary<string, Section> sections, ThreadState keyframe)
    {
        var inherited = from section in sections from pair in section.Value where !_assigned.Contains((section.Key, pair.Key)) select (section.Key, pair.Key);
        foreach (var (section, key) in inherited.ToList())
        {
            if (keyframe.TryGet(section, key, out var value))
            {
                _state.Set(section, key, value);
            }
            else
            {
                _state.Remove(section, key);
            }
        }
    }

    // A keyframe that was replaced leads to another state than one that still has to be. Of a trunk it is not noted which those are.
    private void AllowStates(IReadOnlyList<long> pending)
    {
        foreach (var problem in _otherStates.Where(problem => !HasNotes || pending.Contains(problem.Version)))
        {
            _problems.Remove(problem);
        }
    }

    private void CheckRedactions(ThreadHead head)
    {
        foreach (var version in HasNotes ? _redactions.Wrong(head.FirstVersion) : [])
        {
            Report(version, "expected the body that a redaction noted; it is another one.");
        }
    }

    private void CheckHead(ThreadHead head, bool isWhole)
    {
        if (head.Pins is { } pins)
        {
            Expect(0, "the number of its pins", pins.Count, head.PinCount);
            Expect(0, "the lowest version that a pin keeps", pins.Count == 0 ? null : pins.Min(pin => pin.From), head.LowestPin);
        }

        if (isWhole)
        {
            Expect(0, "the newest version", (_walk.Next ?? 1) - 1, head.Version);
            Expect(0, "the newest keyframe", _keyframe, head.KeyframeVersion);
            Expect(0, "when it was updated", _at, head.UpdatedAt);
        }

        if ((isWhole && !_isInterrupted) || (_walk.Chain is not null && _walk.Next - 1 == head.Version))
        {
            Expect(0, "the chain hash", _walk.Chain ?? ChainHash.Start, head.ChainHash);
            if (_isFolding && !IsPart)
            {
                CheckState(head);
            }
        }
    }

    private void CheckState(ThreadHead head)
    {
        if (_state.DisagreementWith(head) is { } what)
        {
            Report(0, what);
        }
        else if (_knowsDeletion)
        {
            Expect(0, "when it was deleted", _deletedAt, head.DeletedAt);
        }

        var metadata = _state.Find(SectionNames.Metadata);
        if (head.Metadata.Count != (metadata?.Count ?? 0)
            || head.Metadata.Any(pair => metadata?.TryGetValue(pair.Key, out var json) is not true || !JsonElement.DeepEquals(pair.Value, Utf8Json.Parse(json))))
        {
            Report(0, "expected the metadata that the commits have; the head has other metadata.");
        }
    }

    private void Expect<T>(long version, string what, T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
        {
            Report(version, $"{what}: expected {expected}, found {found}.");
        }
    }

    private void Report(long version, string what) => _problems.Add(new(version, what));
}
