using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Fixes the bytes of a commit: what is pending, with what follows from it, at the version that comes next.</summary>
/// <param name="session">The thread.</param>
/// <param name="variables">The variables of the user it is opened for; null where there are none.</param>
internal sealed class CommitMaker(SessionState session, SessionState? variables = null)
{
    private long _keyframeLimit = long.MaxValue;

    private StoreContext Store => session.Store;

    private AgentStateOptions Options => session.Options;

    private ThreadState State => session.State;

    private Change Pending => session.Pending;

    /// <summary>Prepares the commit of what is pending.</summary>
    /// <returns>Whether anything is left to commit.</returns>
    /// <exception cref="ThreadExpiredException">The thread expired.</exception>
    /// <exception cref="StateTooLargeException">The commit, or the state with it, is too large.</exception>
    public async ValueTask<bool> PrepareAsync(CommitOptions options, CancellationToken cancellationToken)
    {
        var now = options.KeepsTime && session.Base is { } known ? known.UpdatedAt : Store.Now;
        var expiryNow = Store.Expiry.IsNever ? now : await Store.NowAsync(cancellationToken).ConfigureAwait(false);
        await RefuseIfExpiredAsync(session.Base, cancellationToken).ConfigureAwait(false);
        await RefuseIfErasingAsync(cancellationToken).ConfigureAwait(false);
        await session.Times.DropPassedAsync(cancellationToken).ConfigureAwait(false);
        RetainVariables();
        var version = session.Version + 1;
        session.Addition?.Complete(version);
        var history = await session.History.ResolveAsync(version, cancellationToken).ConfigureAwait(false);
        var changesHistory = history.Visible != State.History;
        if (!changesHistory && Pending.IsEmptyBesidesHistory && !options.AllowEmpty)
        {
            Pending.Edit = null;
            return false;
        }

        Parentage.Record(session);
        session.IncludeMigration();
        Pending.History = changesHistory ? history : null;
        session.Records.Place(version);
        var calls = OpenAfter(State.OpenCalls, version, changesHistory ? history.Visible : null);
        Pending.OpenCalls = null;
        if (changesHistory && Pending.Edit?.Calls is { } shown && OpenAfter(shown, version, history.Visible) is var open && !open.Calls.SequenceEqual(calls.Calls))
        {
            (calls, Pending.OpenCalls) = (open, open);
        }

        var facts = TurnFacts.Of(State, calls);
        if (session.Addition is { FollowsTurns: true } && facts.Status is { } status)
        {
            session.TakeStatus(status);
        }

        try
        {
            session.Prepare(Make(options, version, now, expiryNow, history, calls, facts));
        }
        catch
        {
            session.Records.TakeUp();
            throw;
        }

        return true;
    }

    private OpenCalls OpenAfter(OpenCalls before, long version, VisibleHistory? changed)
    {
        var calls = before.After(version, Pending.Messages);
        return changed is null ? calls : calls.Among(changed.Shows);
    }

    /// <summary>Where the keyframe made the commit too large for the log, none is tried again until the state has become smaller.</summary>
    /// <returns>Whether the same commit can be tried without one.</returns>
    public bool LimitKeyframe(Exception error, PreparedCommit prepared)
    {
        var isItsFault = error is StateTooLargeException && prepared.Request.Entry.IsKeyframe;
        _keyframeLimit = isItsFault ? prepared.StateSize : long.MaxValue;
        if (isItsFault)
        {
            StoreLog.KeyframeTooLarge(Store.Logger, session.Key, prepared.Request.Entry.Version, prepared.StateSize);
        }

        return isItsFault;
    }

    /// <summary>Refuses to commit to a thread that is over: it would be acknowledged and never seen. The expiry that is known may have been extended since.</summary>
    /// <exception cref="ThreadExpiredException">The thread expired, or is gone.</exception>
    public async ValueTask RefuseIfExpiredAsync(ThreadHead? known, CancellationToken cancellationToken)
    {
        if (known?.ExpiresAt is not { } expiry)
        {
            return;
        }

        var now = await Store.NowAsync(cancellationToken).ConfigureAwait(false);
        if (known.IsExpired(now)
            && await Store.Calls.GetHeadAsync(session.Key, cancellationToken).ConfigureAwait(false) is var stored && (stored is null || stored.IsExpired(now)))
        {
            throw new ThreadExpiredException(session.Key, stored?.ExpiresAt ?? expiry);
        }
    }

    // While a user is being erased, nothing new of that user may begin: it would be overlooked.
    private async ValueTask RefuseIfErasingAsync(CancellationToken cancellationToken)
    {
        if (session.Base is not null || session.Key.Space != ThreadSpace.Threads || State.UserId is not { } user)
        {
            return;
        }

        if (variables is { IsRead: true })
        {
            Erasing.Refuse(session.Key, variables.Base);
        }
        else
        {
            await Erasing.RefuseAsync(Store, session.Key, user, cancellationToken).ConfigureAwait(false);
        }
    }

    private PreparedCommit Make(CommitOptions options, long version, DateTimeOffset now, DateTimeOffset expiryNow, HistoryView history, OpenCalls calls, TurnFacts facts)
    {
        if (session.Base is null && session.Key.Space == ThreadSpace.Threads && State.UserId is null)
        {
            Store.Ownerless.Tell();
        }

        var after = session.Base?.ChainHash ?? ChainHash.Start;
        var stateSize = CommitBodyWriter.KeyframeSize(State);
        RefuseStateOf(stateSize, version);
        var isKeyframe = stateSize < Math.Min(_keyframeLimit, AgentStateOptions.LargestCommitBytes) && (options.Keyframe || session.Weight.IsKeyframeDue(stateSize));

        // The id comes before the body: what seals a body binds it to its commit.
        var id = CommitId.New(Store.Time);
        var body = new CommitBody { Change = Pending, At = now, By = options.By ?? State.Agent, Reason = options.Reason, Tags = options.Tags };
        body.Turn = options.Turn?.Value;
        body.NeedsTurns = TurnFacts.AreIn(State) || Pending.Sections.Changes(TurnSections.Lease);
        var written = CommitBodyWriter.Write(body, isKeyframe ? new(State, history, calls, after) : null);
        if (written.Length - written.KeyframeBytes > Options.MaxCommitBytes)
        {
            throw new StateTooLargeException(
                $"The commit of version {version} of thread '{session.Key}' has {written.Length - written.KeyframeBytes:N0} bytes; {Options.MaxCommitBytes:N0} are allowed (AgentStateOptions.MaxCommitBytes). Nothing was written.");
        }

        var stored = Store.Bodies.Encode(written.Json);
        var entry = new LogEntry
        {
            Key = session.Key,
            Version = version,
            CommitId = id,
            At = now,
            MessageCount = Pending.Messages.Count,
            IsKeyframe = isKeyframe,
            BodyHash = Digest.Compute(stored),
            Body = stored,
        };
        var request = new AppendRequest
        {
            Entry = entry,
            Head = MakeHead(entry, after, history, expiryNow, facts),
            After = after,
            Begins = session.Base is null,
            KeepExpiry = Store.Expiry.IsNever,
            IsBodyFixed = true,
        };
        return new(Pending, options, request, history, calls, CommitInfo.Of(entry, body), stateSize, written);
    }

    // A thread whose state is too large can still be changed as long as that does not make it larger, so that no limit ever blocks a thread.
    private void RefuseStateOf(long size, long version)
    {
        if (size > Options.MaxCommitBytes && size > session.BaseSize)
        {
            throw new StateTooLargeException(
                $"With version {version} the state of thread '{session.Key}' (variables, metadata, todos, goals and tools, without messages) would have some {size:N0} bytes; "
                + $"{Options.MaxCommitBytes:N0} are allowed (AgentStateOptions.MaxCommitBytes). Nothing was written. Remove values, or keep large ones elsewhere.");
        }
    }

    private ThreadHead MakeHead(LogEntry entry, Digest after, HistoryView history, DateTimeOffset expiryNow, TurnFacts facts)
    {
        var head = session.Base;
        var (now, created) = (entry.At, head?.CreatedAt ?? entry.At);
        return new()
        {
            Key = session.Key,
            Life = head?.Life ?? entry.CommitId,
            FirstVersion = head?.FirstVersion ?? entry.Version,
            Version = entry.Version,
            KeyframeVersion = entry.IsKeyframe ? entry.Version : head?.KeyframeVersion ?? 0,
            ChainHash = ChainHash.Next(after, entry),
            UserId = State.UserId,
            Agent = State.Agent,
            Status = State.Status,
            Metadata = head is not null && !Pending.Sections.Changes(SectionNames.Metadata) ? head.Metadata : ReadMetadata(),
            MessageCount = history.Count,
            CreatedAt = created,
            UpdatedAt = now,
            ExpiresAt = Store.Expiry.IsNever ? head?.ExpiresAt : Store.Expiry.ExpiresAt(State.Status, created, expiryNow),
            DeletedAt = State.IsDeleted ? head?.DeletedAt ?? now : null,
            DueAt = facts.DueAt,
            Terms = Parentage.TermsOf(State, facts.Terms),
            Properties = head?.Properties ?? ThreadHead.NoProperties,
            Revision = head?.Revision ?? 0,
            Heartbeat = head?.Heartbeat ?? 0,
            PinCount = head?.PinCount ?? 0,
            LowestPin = head?.LowestPin,
        };
    }

    private IReadOnlyDictionary<string, JsonElement> ReadMetadata()
        => State.Find(SectionNames.Metadata)?.ToDictionary(pair => pair.Key, pair => Utf8Json.Parse(pair.Value), StringComparer.Ordinal).AsReadOnly()
            ?? ThreadHead.EmptyMetadata;

    private void RetainVariables()
    {
        if (session.Visibility.MaxVariables is not { } most || State.Find(SectionNames.Variables) is not { } variables || variables.Count <= most)
        {
            return;
        }

        foreach (var key in variables.Keys.Except(session.Visibility.EssentialVariables, StringComparer.Ordinal).Take(variables.Count - most).ToList())
        {
            session.Retire(SectionNames.Variables, key);
        }
    }
}
