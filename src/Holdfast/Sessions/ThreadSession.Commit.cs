using System.Diagnostics;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

public sealed partial class ThreadSession
{
    private bool _committing;

    /// <summary>Makes everything that was changed durable, as one commit: all of it or nothing.</summary>
    /// <remarks>
    /// <para>When nothing was changed, nothing is written, and <see cref="CommitInfo.IsEmpty"/> says so.</para>
    /// <para>
    /// After a <see cref="StoreUnavailableException"/> the session can be committed again: the same commit is sent, with the same id, so that it is never
    /// written twice even if the first attempt had succeeded unseen.
    /// </para>
    /// </remarks>
    /// <param name="reason">Why, for the log of commits; null if that needs no saying.</param>
    /// <param name="cancellationToken">Cancels the commit as long as it was not sent.</param>
    /// <exception cref="CommitConflictException">Others changed the thread; the session keeps its changes, see <see cref="RebaseAsync"/>.</exception>
    /// <exception cref="StateTooLargeException">The commit is larger than <see cref="AgentStateOptions.MaxCommitBytes"/>; nothing was written.</exception>
    /// <exception cref="ThreadExpiredException">The thread expired since it was opened.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed; commit again.</exception>
    public async ValueTask<CommitInfo> CommitAsync(string? reason = null, CancellationToken cancellationToken = default)
    {
        if (_committing)
        {
            throw new InvalidOperationException("The session is being committed. A session is used by one caller at a time; open one for each.");
        }

        _committing = true;
        try
        {
            CommitInfo? commit = null;
            if (_prepared is { } prepared)
            {
                await RefuseIfExpiredAsync(prepared.Request.Head, cancellationToken).ConfigureAwait(false);
                commit = await SendOrRebaseAsync(prepared.Info.Reason, cancellationToken).ConfigureAwait(false);
            }

            if (!_pending.IsEmpty && await PrepareAsync(reason, cancellationToken).ConfigureAwait(false))
            {
                commit = await SendOrRebaseAsync(reason, cancellationToken).ConfigureAwait(false);
            }

            if (_user is not null)
            {
                // Once the thread's commit is durable, a cancellation comes too late.
                await _user.CommitAsync(reason, commit is null ? cancellationToken : CancellationToken.None).ConfigureAwait(false);
            }

            return commit ?? new() { ThreadId = Id, Version = Version, At = _base?.UpdatedAt ?? _store.Now, Agent = Agent };
        }
        finally
        {
            _committing = false;
        }
    }

    private async ValueTask<CommitInfo?> SendOrRebaseAsync(string? reason, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await SendAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (CommitConflictException) when (_open.RebaseOnConflict && (_open.LastWriterWins || attempt < Options.MaxUpdateAttempts))
            {
                await Backoff.WaitAsync(attempt, cancellationToken).ConfigureAwait(false);
                await RebaseAsync(cancellationToken).ConfigureAwait(false);
                if (!await PrepareAsync(reason, cancellationToken).ConfigureAwait(false))
                {
                    return null;
                }
            }
        }
    }

    // Fixes the bytes of the commit; false when nothing is left to commit.
    private async ValueTask<bool> PrepareAsync(string? reason, CancellationToken cancellationToken)
    {
        var now = _store.Now;
        await RefuseIfExpiredAsync(_base, cancellationToken).ConfigureAwait(false);
        RetainVariables();
        var version = Version + 1;
        var history = await ResolveHistoryAsync(version, cancellationToken).ConfigureAwait(false);
        var changesHistory = history.Visible != State.History;
        if (!changesHistory && _pending.IsEmptyBesidesHistory)
        {
            _pending.History = null;
            return false;
        }

        var after = _base?.ChainHash ?? ChainHash.Start;
        var isKeyframe = KeyframeRule.IsDue(version, _base?.KeyframeVersion ?? 0, _bytesSinceKeyframe, CommitBodyWriter.KeyframeSize(State));
        var body = CommitBodyWriter.Write(_pending, now, reason, State, history, changesHistory, isKeyframe ? after : null);
        if (body.Length > Options.MaxCommitBytes)
        {
            throw new StateTooLargeException(
                $"The commit of version {version} of thread '{Key}' has {body.Length:N0} bytes; {Options.MaxCommitBytes:N0} are allowed (AgentStateOptions.MaxCommitBytes). Nothing was written.");
        }

        var entry = new LogEntry
        {
            Key = Key,
            Version = version,
            CommitId = CommitId.New(_store.Time),
            At = now,
            MessageCount = _pending.Messages.Count,
            IsKeyframe = isKeyframe,
            BodyHash = Digest.Compute(body),
            Body = body,
        };
        var head = MakeHead(entry, after, history, now);
        var request = new AppendRequest { Entry = entry, Head = head, After = after, KeepExpiry = _store.Expiry.IsNever };
        _prepared = new(_pending, request, history, Describe(entry, reason, changesHistory));
        _pending = new();
        return true;
    }

    private ThreadHead MakeHead(LogEntry entry, Digest after, HistoryView history, DateTimeOffset now)
    {
        var created = _base?.CreatedAt ?? now;
        return new()
        {
            Key = Key,
            Version = entry.Version,
            KeyframeVersion = entry.IsKeyframe ? entry.Version : _base?.KeyframeVersion ?? 0,
            ChainHash = ChainHash.Next(after, entry),
            UserId = State.UserId,
            Agent = State.Agent,
            Status = State.Status,
            Metadata = _base is { } head && !_pending.Sections.ContainsKey(SectionNames.Metadata) ? head.Metadata : ReadMetadata(),
            MessageCount = history.Count,
            CreatedAt = created,
            UpdatedAt = now,
            ExpiresAt = _store.Expiry.IsNever ? _base?.ExpiresAt : _store.Expiry.ExpiresAt(State.Status, created, now),
            DeletedAt = State.IsDeleted ? _base?.DeletedAt ?? now : null,
        };
    }

    private IReadOnlyDictionary<string, JsonElement> ReadMetadata()
        => State.Find(SectionNames.Metadata)?.ToDictionary(pair => pair.Key, pair => Utf8Json.Parse(pair.Value), StringComparer.Ordinal).AsReadOnly()
            ?? ThreadHead.EmptyMetadata;

    private CommitInfo Describe(LogEntry entry, string? reason, bool changesHistory) => new()
    {
        ThreadId = Id,
        Version = entry.Version,
        CommitId = entry.CommitId,
        At = entry.At,
        Agent = State.Agent,
        Reason = reason,
        Status = _pending.Status,
        MessageCount = entry.MessageCount,
        Set = CommitInfo.Paths(_pending.SetKeys),
        Removed = CommitInfo.Paths(_pending.Removed),
        Deleted = _pending.Deleted,
        ChangedHistory = changesHistory,
        IsKeyframe = entry.IsKeyframe,
        Bytes = entry.Body.Length,
    };

    private async ValueTask<CommitInfo> SendAsync(CancellationToken cancellationToken)
    {
        var prepared = _prepared!;
        using var activity = Telemetry.StartCommit(prepared.Request.Entry);
        var started = Stopwatch.GetTimestamp();
        AppendResult result;
        try
        {
            if (_expired is { } expired)
            {
                // The thread that had this id is over. Unless it has come back to life, the new one takes its place.
                await Log.EraseAsync(Key, expired, cancellationToken).ConfigureAwait(false);
                _expired = null;
            }

            result = await Log.AppendAsync(prepared.Request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Telemetry.CommitFailed(activity, e);
            if (e is StoreUnavailableException unavailable)
            {
                if (prepared.IsUnsettled && !unavailable.OutcomeUnknown)
                {
                    // This time nothing was written; the time before, it may have been.
                    throw new StoreUnavailableException(unavailable.Message, unavailable, outcomeUnknown: true);
                }

                prepared.IsUnsettled = unavailable.OutcomeUnknown;
            }
            else if (e is AgentStateException)
            {
                TakeBack();
            }

            throw;
        }

        Telemetry.Committed(activity, prepared.Request.Entry, result.Outcome, Stopwatch.GetElapsedTime(started));
        if (result.Outcome == AppendOutcome.Conflict)
        {
            var expected = Version;
            TakeBack();
            StoreLog.Conflict(_store.Logger, Key, expected, result.CurrentVersion);
            throw new CommitConflictException(Key, expected, result.CurrentVersion);
        }

        Publish(prepared);
        return prepared.Info;
    }

    // The log confirmed the commit: from here on the session is based on it.
    private void Publish(PreparedCommit prepared)
    {
        var (entry, head) = (prepared.Request.Entry, prepared.Request.Head);
        _base = head;
        (State.History, State.MessageCount) = prepared.History;
        Recent.Add(new(entry.Version, prepared.Changes.Messages.ConvertAll(message => message.CommittedAt(entry.At))));
        _bytesSinceKeyframe = entry.IsKeyframe ? 0 : _bytesSinceKeyframe + entry.Body.Length;
        _prepared = null;
    }

    // The commit was certainly not written: its changes are pending again, before those made since.
    private void TakeBack()
    {
        var changes = _prepared!.Changes;
        changes.Add(_pending);
        (_pending, _prepared) = (changes, null);
    }

    // A commit to a thread that is over would be acknowledged and never seen. The expiry that is known may have been extended since.
    private async ValueTask RefuseIfExpiredAsync(ThreadHead? known, CancellationToken cancellationToken)
    {
        var now = _store.Now;
        if (known?.IsExpired(now) is true
            && await Log.GetHeadAsync(Key, cancellationToken).ConfigureAwait(false) is var stored && (stored is null || stored.IsExpired(now)))
        {
            throw new ThreadExpiredException(Key, stored?.ExpiresAt ?? known.ExpiresAt!.Value);
        }
    }

    private void RetainVariables()
    {
        if (Retention.MaxVariables is not { } most || State.Find(SectionNames.Variables) is not { } variables || variables.Count <= most)
        {
            return;
        }

        foreach (var key in variables.Keys.Except(Retention.EssentialVariables, StringComparer.Ordinal).Take(variables.Count - most).ToList())
        {
            State.Remove(SectionNames.Variables, key);
            _pending.Retire(key);
        }
    }
}
