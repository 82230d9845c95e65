using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

// How the bytes of a commit are made.
public sealed partial class ThreadSession
{
    // Fixes the bytes of the commit; false when nothing is left to commit.
    private async ValueTask<bool> PrepareAsync(CommitOptions options, CancellationToken cancellationToken)
    {
        var now = _store.Now;
        await RefuseIfExpiredAsync(_base, cancellationToken).ConfigureAwait(false);
        RetainVariables();
        var version = Version + 1;
        var history = await ResolveHistoryAsync(version, cancellationToken).ConfigureAwait(false);
        var changesHistory = history.Visible != State.History;
        if (!changesHistory && _pending.IsEmptyBesidesHistory && !options.AllowEmpty)
        {
            _pending.History = null;
            return false;
        }

        var after = _base?.ChainHash ?? ChainHash.Start;
        var stateSize = CommitBodyWriter.KeyframeSize(State);
        RefuseStateOf(stateSize, version);
        var isKeyframe = stateSize < Math.Min(_keyframeLimit, AgentStateOptions.LargestCommitBytes)
            && KeyframeRule.IsDue(version, _base?.KeyframeVersion ?? 0, _bytesSinceKeyframe, stateSize);
        var body = CommitBodyWriter.Write(_pending, now, options, State, history, changesHistory, isKeyframe ? after : null, out var keyframeBytes);
        if (body.Length - keyframeBytes > Options.MaxCommitBytes)
        {
            throw new StateTooLargeException(
                $"The commit of version {version} of thread '{Key}' has {body.Length - keyframeBytes:N0} bytes; {Options.MaxCommitBytes:N0} are allowed (AgentStateOptions.MaxCommitBytes). Nothing was written.");
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
        var request = new AppendRequest { Entry = entry, Head = head, After = after, Begins = _base is null, KeepExpiry = _store.Expiry.IsNever };
        _prepared = new(_pending, request, history, Describe(entry, options, changesHistory), options, stateSize);
        _pending = new();
        return true;
    }

    // A thread whose state is too large can still be changed as long as that does not make it larger, so that no limit ever blocks a thread.
    private void RefuseStateOf(long size, long version)
    {
        if (size > Options.MaxCommitBytes && size > _baseSize)
        {
            throw new StateTooLargeException(
                $"With version {version} the state of thread '{Key}' (variables, metadata, todos and tools, without messages) would have some {size:N0} bytes; "
                + $"{Options.MaxCommitBytes:N0} are allowed (AgentStateOptions.MaxCommitBytes). Nothing was written. Remove values, or keep large ones elsewhere.");
        }
    }

    private ThreadHead MakeHead(LogEntry entry, Digest after, HistoryView history, DateTimeOffset now)
    {
        var created = _base?.CreatedAt ?? now;
        return new()
        {
            Key = Key,
            Life = _base?.Life ?? entry.CommitId,
            FirstVersion = _base?.FirstVersion ?? entry.Version,
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

    private CommitInfo Describe(LogEntry entry, CommitOptions options, bool changesHistory) => new()
    {
        ThreadId = Id,
        Version = entry.Version,
        CommitId = entry.CommitId,
        At = entry.At,
        Agent = State.Agent,
        Reason = options.Reason,
        Tags = options.Tags,
        Status = _pending.Status,
        MessageCount = entry.MessageCount,
        Set = CommitInfo.Paths(_pending.SetKeys),
        Removed = CommitInfo.Paths(_pending.Removed),
        Deleted = _pending.Deleted,
        ChangedHistory = changesHistory,
        IsKeyframe = entry.IsKeyframe,
        Bytes = entry.Body.Length,
    };

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
