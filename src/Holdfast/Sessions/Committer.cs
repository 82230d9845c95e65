using System.Diagnostics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Commits what a session changed: prepares, sends, settles what is not known, and rebases. One for sessions, updates and chat.</summary>
/// <remarks>The thread's part comes first, then that of the user, then that of the application; all are checked before any is sent.</remarks>
/// <param name="thread">The thread.</param>
/// <param name="user">The user's variables; null where they were not read with the thread.</param>
internal sealed class Committer(SessionState thread, SessionState? user = null)
{
    /// <summary>How often what is left of a commit is tried, where the caller cannot do it.</summary>
    private const int ScopeAttempts = 4;

    private readonly CommitMaker _thread = new(thread, user);
    private readonly List<SessionScope> _scopes = [];
    private bool _isCommitting;
    private int _conflicts;

    // What the thread's part of the running commit has written, until the whole commit is done.
    private CommitInfo? _standing;

    /// <summary>How long the log took for the last commit.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>Whether there is anything to commit.</summary>
    public bool HasChanges => thread.HasChanges || _scopes.Exists(scope => scope.State.HasChanges);

    // Whether a part of the running commit is stored.
    private bool IsPartlyDone => _standing is not null || _scopes.Exists(scope => scope.IsCommitted);

    /// <summary>Commits a scope along with the thread from now on: that of the user before that of the application.</summary>
    public void Add(SessionScope scope) => _scopes.Insert(scope.Name == ScopeCommit.User ? 0 : _scopes.Count, scope);

    /// <summary>Commits once. What is not known afterwards, the caller settles by committing again.</summary>
    public async ValueTask<CommitInfo> CommitAsync(CommitOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        if (_isCommitting)
        {
            throw new InvalidOperationException("The session is being committed. A session is used by one caller at a time; open one for each.");
        }

        _isCommitting = true;
        try
        {
            await CommitThreadAsync(options, cancellationToken).ConfigureAwait(false);
            foreach (var scope in _scopes)
            {
                await CommitScopeAsync(scope, options, cancellationToken).ConfigureAwait(false);
            }

            var commit = Tell();
            _standing = null;
            _scopes.ForEach(scope => scope.Forget());
            return commit;
        }
        catch
        {
            thread.TakeBackUnsent();
            _scopes.ForEach(scope => scope.State.TakeBackUnsent());
            throw;
        }
        finally
        {
            _isCommitting = false;
        }
    }

    /// <summary>Commits for a caller who has no session to commit again: an unknown outcome is settled, and what is left of a commit is tried again.</summary>
    /// <param name="options">What is said of the commit.</param>
    /// <param name="attempts">How often it is sent at most while it is not known what came of it.</param>
    /// <param name="cancellationToken">Cancels the commit as long as it was not sent.</param>
    public async ValueTask<CommitInfo> SettleAsync(CommitOptions options, int attempts, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await CommitAsync(options, cancellationToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e) when (e.OutcomeUnknown && attempt < attempts)
            {
            }
            catch (PartialCommitException e) when (attempt < ScopeAttempts && e.InnerException is StoreUnavailableException or CommitConflictException)
            {
            }

            // It was sent, so a cancellation comes too late.
            cancellationToken = CancellationToken.None;
            await thread.Store.Backoff.AfterFailureAsync(attempt, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives up all that is not committed, unless a part of it is stored, or may be.</summary>
    public bool TryGiveUp()
    {
        if (IsPartlyDone || thread.Prepared is not null || _scopes.Exists(scope => scope.State.Prepared is not null))
        {
            return false;
        }

        thread.GiveUp();
        _scopes.ForEach(scope => scope.State.GiveUp());
        return true;
    }

    /// <summary>Waits a moment if the last commit met a conflict, longer with each one in a row.</summary>
    public Task WaitAfterConflictAsync(CancellationToken cancellationToken)
        => _conflicts > 0 ? thread.Store.Backoff.AfterConflictAsync(_conflicts, Took, cancellationToken) : Task.CompletedTask;

    // The scopes are prepared before the thread is sent, so that what cannot be stored is refused while nothing is.
    private async ValueTask CommitThreadAsync(CommitOptions options, CancellationToken cancellationToken)
    {
        var isSettled = thread.Prepared is not null;
        if (thread.Prepared is { } prepared)
        {
            await _thread.RefuseIfExpiredAsync(prepared.Head, cancellationToken).ConfigureAwait(false);
            _standing = await SendOrRebaseAsync(thread, _thread, prepared.Options, cancellationToken).ConfigureAwait(false) ?? _standing;
        }

        var isWanted = !thread.Pending.IsEmpty || (options.AllowEmpty && !isSettled && _standing is null);
        isWanted = isWanted && await _thread.PrepareAsync(options, cancellationToken).ConfigureAwait(false);
        foreach (var scope in _scopes)
        {
            if (!IsPartlyDone)
            {
                await PrepareAsync(scope, options, cancellationToken).ConfigureAwait(false);
            }
        }

        if (isWanted)
        {
            _standing = await SendOrRebaseAsync(thread, _thread, options, cancellationToken).ConfigureAwait(false) ?? _standing;
        }
    }

    private static async ValueTask PrepareAsync(SessionScope scope, CommitOptions options, CancellationToken cancellationToken)
    {
        var state = scope.State;
        if (state.Prepared is not null || state.Pending.IsEmpty)
        {
            return;
        }

        if (!state.IsRead)
        {
            await SessionOpener.ReadLateAsync(state, cancellationToken).ConfigureAwait(false);
        }

        if (state.Pending.IsEmpty || !await scope.Maker.PrepareAsync(ForScope(options), cancellationToken).ConfigureAwait(false))
        {
            scope.Note(null);
        }
    }

    private async ValueTask CommitScopeAsync(SessionScope scope, CommitOptions options, CancellationToken cancellationToken)
    {
        var state = scope.State;
        if (!state.HasChanges)
        {
            return;
        }

        // Once a part of the commit is durable, a cancellation comes too late.
        var token = IsPartlyDone ? CancellationToken.None : cancellationToken;
        try
        {
            if (state.Prepared is { } prepared)
            {
                await scope.Maker.RefuseIfExpiredAsync(prepared.Head, token).ConfigureAwait(false);
                scope.Note(await SendOrRebaseAsync(state, scope.Maker, prepared.Options, token).ConfigureAwait(false));
            }

            await PrepareAsync(scope, options, token).ConfigureAwait(false);
            if (state.Prepared is not null)
            {
                scope.Note(await SendOrRebaseAsync(state, scope.Maker, ForScope(options), token).ConfigureAwait(false));
            }
        }
        catch (AgentStateException e) when (IsPartlyDone)
        {
            throw new PartialCommitException(Tell(scope), scope.Name, scope.Name == ScopeCommit.User ? state.Key.Id.Value : null, e);
        }
    }

    // What came of the commit, or is known of it when a scope failed.
    private CommitInfo Tell(SessionScope? failed = null)
    {
        var commit = _standing ?? CommitInfo.None(thread.Key.Id, thread.Version, thread.Base?.UpdatedAt ?? thread.Store.Now);
        var scopes = new List<ScopeCommit>();
        foreach (var scope in _scopes)
        {
            if ((scope == failed || scope.State.HasChanges ? scope.Failed() : scope.Outcome) is { } outcome)
            {
                scopes.Add(outcome);
            }
        }

        return scopes.Count == 0 ? commit : commit with { Scopes = scopes.AsReadOnly() };
    }

    private async ValueTask<CommitInfo?> SendOrRebaseAsync(SessionState session, CommitMaker maker, CommitOptions options, CancellationToken cancellationToken)
    {
        KeyedLock.Releaser? turn = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await SendAsync(session, maker, cancellationToken).ConfigureAwait(false);
                }
                catch (CommitConflictException) when (session.Open.RebaseOnConflict && attempt < session.Options.MaxUpdateAttempts)
                {
                    if (turn is not null)
                    {
                        // Those of this process wait in line; the ones that were faster are elsewhere.
                        await WaitAfterConflictAsync(cancellationToken).ConfigureAwait(false);
                    }

                    turn ??= await session.Store.Rebases.LockAsync(session.Key, cancellationToken).ConfigureAwait(false);
                    await Rebase.MoveAsync(session, cancellationToken).ConfigureAwait(false);
                }
                catch (KeyframeRefusedException)
                {
                    // The log refused the commit with its keyframe; it is tried without one.
                }

                if (!await maker.PrepareAsync(options, cancellationToken).ConfigureAwait(false))
                {
                    return null;
                }
            }
        }
        finally
        {
            turn?.Dispose();
        }
    }

    private async ValueTask<CommitInfo> SendAsync(SessionState session, CommitMaker maker, CancellationToken cancellationToken)
    {
        var prepared = session.Prepared!;
        using var activity = Telemetry.StartCommit(session.Key, prepared.Request.Entry.Version);
        var started = Stopwatch.GetTimestamp();
        AppendResult result;
        try
        {
            if (session.Expired is { } expired)
            {
                // If it has come back to life meanwhile, it stays, and the commit meets a conflict.
                await Erasure.EraseIfUnchangedAsync(session.Store, expired, cancellationToken).ConfigureAwait(false);
                session.Expired = null;
            }

            prepared.IsSent = true;
            result = await session.Store.Calls.AppendAsync(prepared.Request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Telemetry.CommitFailed(activity, e);
            Fail(session, maker, prepared, e);
            throw;
        }

        Took = Stopwatch.GetElapsedTime(started);
        Telemetry.Answered(activity, NameOf(result.Outcome), Took);
        switch (result.Outcome)
        {
            case AppendOutcome.Conflict:
                var expected = session.Version;
                session.TakeBack();
                _conflicts++;
                Telemetry.Conflicted();
                StoreLog.Conflict(session.Store.Logger, session.Key, expected, result.CurrentVersion);
                if (prepared.Request.Begins)
                {
                    // What stands there may be a fork that is hidden, because whoever made it stopped in the middle.
                    await ForkBirth.FinishAsync(session.Store, session.Key, CancellationToken.None).ConfigureAwait(false);
                }

                throw new CommitConflictException(session.Key, expected, result.CurrentVersion);
            case AppendOutcome.Dropped:
                throw new StoreUnavailableException(
                    $"Whether version {prepared.Request.Entry.Version} of thread '{session.Key}' is this commit cannot be told any more: the version was dropped from the thread, which is at version {result.CurrentVersion}. Open the thread anew and look.",
                    outcomeUnknown: true);
        }

        var stored = prepared.Info;
        Telemetry.Stored(stored.Bytes, stored.IsKeyframe);
        StoreLog.Committed(session.Store.Logger, session.Key, stored.Version, stored.MessageCount, stored.Bytes, stored.IsKeyframe, Took.TotalMilliseconds);
        session.Publish();
        _conflicts = 0;
        return stored;
    }

    private static void Fail(SessionState session, CommitMaker maker, PreparedCommit prepared, Exception error)
    {
        if (error is StoreUnavailableException unavailable)
        {
            if (prepared.IsUnsettled && !unavailable.OutcomeUnknown)
            {
                // This time nothing was written; the time before, it may have been.
                throw new StoreUnavailableException(unavailable.Message, unavailable, outcomeUnknown: true);
            }

            prepared.IsUnsettled = unavailable.OutcomeUnknown;
        }
        else if (error is AgentStateException)
        {
            var canDoWithout = maker.LimitKeyframe(error, prepared);
            session.TakeBack();
            if (canDoWithout)
            {
                throw new KeyframeRefusedException();
            }
        }
    }

    private static string NameOf(AppendOutcome outcome) => outcome switch
    {
        AppendOutcome.Appended => "appended",
        AppendOutcome.Duplicate => "duplicate",
        AppendOutcome.Dropped => "dropped",
        _ => "conflict",
    };

    private static CommitOptions ForScope(CommitOptions options) => options.AllowEmpty ? options with { AllowEmpty = false } : options;

    private sealed class KeyframeRefusedException : Exception;
}
