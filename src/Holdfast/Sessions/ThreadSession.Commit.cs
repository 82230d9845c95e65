using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

public sealed partial class ThreadSession
{
    private bool _committing;

    // What the thread's part of the running commit has written, until the whole commit is done.
    private CommitInfo? _standing;

    /// <summary>Makes everything that was changed durable, as one commit: all of it or nothing.</summary>
    /// <remarks>
    /// <para>When nothing was changed, nothing is written, and <see cref="CommitInfo.IsEmpty"/> says so.</para>
    /// <para>
    /// After a <see cref="StoreUnavailableException"/> the session can be committed again: the same commit is sent, with the same id, so that it is never
    /// written twice even if the first attempt had succeeded unseen.
    /// </para>
    /// <para>
    /// Changes of <see cref="User"/> are a commit of another thread, which follows (<see cref="CommitInfo.Scopes"/>). Both are checked before either is sent.
    /// </para>
    /// </remarks>
    /// <param name="reason">Why, for the log of commits; null if that needs no saying.</param>
    /// <param name="cancellationToken">Cancels the commit as long as it was not sent.</param>
    /// <exception cref="CommitConflictException">Others changed the thread; the session keeps its changes, see <see cref="RebaseAsync"/>.</exception>
    /// <exception cref="PartialCommitException">The thread's changes are stored, the user's are not; commit again, which writes only those.</exception>
    /// <exception cref="StateTooLargeException">The commit, or the state with it, is larger than <see cref="AgentStateOptions.MaxCommitBytes"/>; nothing was written.</exception>
    /// <exception cref="ThreadExpiredException">The thread expired since it was opened.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed; commit again.</exception>
    public ValueTask<CommitInfo> CommitAsync(string? reason = null, CancellationToken cancellationToken = default)
        => CommitAsync(CommitOptions.Of(reason), cancellationToken);

    /// <inheritdoc cref="CommitAsync(string?, CancellationToken)"/>
    /// <param name="options">What is said of the commit, and whether one is made even if nothing was changed; null for nothing.</param>
    /// <param name="cancellationToken">Cancels the commit as long as it was not sent.</param>
    /// <exception cref="InvalidIdentifierException">A tag cannot be used.</exception>
    /// <exception cref="ArgumentException">There are more than 16 tags.</exception>
    [OverloadResolutionPriority(1)]
    public async ValueTask<CommitInfo> CommitAsync(CommitOptions? options, CancellationToken cancellationToken = default)
    {
        options ??= CommitOptions.None;
        options.Validate();
        if (_committing)
        {
            throw new InvalidOperationException("The session is being committed. A session is used by one caller at a time; open one for each.");
        }

        _committing = true;
        try
        {
            await CommitThreadAsync(options, cancellationToken).ConfigureAwait(false);
            var user = await CommitUserAsync(options, cancellationToken).ConfigureAwait(false);
            var commit = _standing ?? new() { ThreadId = Id, Version = Version, At = _base?.UpdatedAt ?? _store.Now, Agent = Agent };
            _standing = null;
            return user is null ? commit : commit with { Scopes = [new(ScopeCommit.User, user)] };
        }
        finally
        {
            _committing = false;
        }
    }

    // The thread's part; the user's part is prepared before it is sent, so that what cannot be stored is refused while nothing is.
    private async ValueTask CommitThreadAsync(CommitOptions options, CancellationToken cancellationToken)
    {
        var isSettled = _prepared is not null;
        if (_prepared is { } prepared)
        {
            await RefuseIfExpiredAsync(prepared.Request.Head, cancellationToken).ConfigureAwait(false);
            _standing = await SendOrRebaseAsync(prepared.Options, cancellationToken).ConfigureAwait(false) ?? _standing;
        }

        var isWanted = !_pending.IsEmpty || (options.AllowEmpty && !isSettled && _standing is null);
        if (!isWanted || !await PrepareAsync(options, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            if (_user is { _prepared: null, _pending.IsEmpty: false } user)
            {
                await user.PrepareAsync(options with { AllowEmpty = false }, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            TakeBack();
            throw;
        }

        try
        {
            _standing = await SendOrRebaseAsync(options, cancellationToken).ConfigureAwait(false) ?? _standing;
        }
        catch
        {
            _user?.TakeBackUnsent();
            throw;
        }
    }

    private async ValueTask<CommitInfo?> CommitUserAsync(CommitOptions options, CancellationToken cancellationToken)
    {
        if (_user is not { HasChanges: true } user)
        {
            return null;
        }

        try
        {
            // Once the thread's commit is durable, a cancellation comes too late.
            await user.CommitThreadAsync(options with { AllowEmpty = false }, _standing is null ? cancellationToken : CancellationToken.None).ConfigureAwait(false);
        }
        catch (AgentStateException e) when (_standing is not null)
        {
            throw new PartialCommitException(_standing, user.Id.Value, e);
        }

        var commit = user._standing;
        user._standing = null;
        return commit;
    }

    private async ValueTask<CommitInfo?> SendOrRebaseAsync(CommitOptions options, CancellationToken cancellationToken)
    {
        KeyedLock.Releaser? turn = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await SendAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (CommitConflictException) when (_open.RebaseOnConflict && attempt < Options.MaxUpdateAttempts)
                {
                    if (turn is not null)
                    {
                        // Those of this process wait in line; the ones that were faster are elsewhere.
                        await WaitAfterConflictAsync(cancellationToken).ConfigureAwait(false);
                    }

                    turn ??= await _store.Rebases.LockAsync(Key, cancellationToken).ConfigureAwait(false);
                    await MoveAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (StateTooLargeException) when (_keyframeLimit < long.MaxValue)
                {
                    // The log refused the commit with its keyframe; it is tried without one.
                }

                if (!await PrepareAsync(options, cancellationToken).ConfigureAwait(false))
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

            prepared.IsSent = true;
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
                LimitKeyframe(e, prepared);
                TakeBack();
            }

            throw;
        }

        _took = Stopwatch.GetElapsedTime(started);
        Telemetry.Committed(activity, prepared.Request.Entry, result.Outcome, _took);
        if (result.Outcome == AppendOutcome.Conflict)
        {
            var expected = Version;
            TakeBack();
            _conflicts++;
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
        _baseSize = prepared.StateSize;
        (State.History, State.MessageCount) = prepared.History;
        Remember(new(entry.Version, prepared.Changes.Messages));
        _bytesSinceKeyframe = entry.IsKeyframe ? 0 : _bytesSinceKeyframe + entry.Body.Length;
        _prepared = null;
        _conflicts = 0;
    }

    // The commit was certainly not written: its changes are pending again, before those made since.
    private void TakeBack()
    {
        var changes = _prepared!.Changes;
        changes.Add(_pending);
        (_pending, _prepared) = (changes, null);
    }

    private void TakeBackUnsent()
    {
        if (_prepared is { IsSent: false })
        {
            TakeBack();
        }
    }

    // Where the keyframe made the commit too large for the log, none is tried again until the state has become smaller.
    private void LimitKeyframe(Exception error, PreparedCommit prepared)
    {
        var isItsFault = error is StateTooLargeException && prepared.Request.Entry.IsKeyframe;
        _keyframeLimit = isItsFault ? prepared.StateSize : long.MaxValue;
        if (isItsFault)
        {
            StoreLog.KeyframeTooLarge(_store.Logger, Key, prepared.Request.Entry.Version, prepared.StateSize);
        }
    }
}
