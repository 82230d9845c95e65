using Holdfast.Logs;

namespace Holdfast;

/// <summary>Forks a thread by reference: the fork's first entry comes first, hidden; then pins keep what it shows of others; then it is shown.</summary>
/// <param name="store">The store.</param>
/// <param name="source">The thread that is forked.</param>
/// <param name="target">The fork.</param>
/// <param name="options">How.</param>
internal sealed class Forking(StoreContext store, ThreadKey source, ThreadKey target, ForkOptions options)
{
    private ForkOrigin? _forked;

    /// <inheritdoc cref="ThreadHandle.ForkAsync"/>
    public async ValueTask<ThreadInfo> RunAsync(CancellationToken cancellationToken)
    {
        options.Validate();
        if (store.User is { } user && options.UserId is { } wanted && wanted != user)
        {
            throw new ThreadAccessDeniedException(target, $"Thread '{target}' would belong to somebody else than the user whose view of the store this is.");
        }

        if (store.OnCorrupt is { } recovery)
        {
            // A thread of that id may just be recovered.
            await recovery.FinishAsync(store, target, cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            var (request, state, origins) = await PrepareAsync(cancellationToken).ConfigureAwait(false);
            var result = await AppendAsync(request, cancellationToken).ConfigureAwait(false);

            // It was written: from here on it is finished, by whoever comes across it.
            var fork = result.Outcome is AppendOutcome.Appended or AppendOutcome.Duplicate
                ? await new ForkBirth(store, target, request.Head.Life, state).RunAsync(origins, CancellationToken.None).ConfigureAwait(false)
                : await MeetAsync(cancellationToken).ConfigureAwait(false);
            if (fork is not null)
            {
                StoreLog.Forked(store.Logger, source, _forked!.Version, target);
                return ThreadInfo.Of(fork);
            }
        }
    }

    private async ValueTask<(AppendRequest Request, ThreadState State, IReadOnlyList<ThreadHead> Origins)> PrepareAsync(CancellationToken cancellationToken)
    {
        // The head comes before the fold: what is done to the thread in between is seen by its revision.
        var tail = await store.Calls.ReadTailAsync(source, cancellationToken: cancellationToken).ConfigureAwait(false) ?? throw new ThreadNotFoundException(source);
        var head = tail.Head;
        if (head.ExpiresAt is { } expiry && head.IsExpired(await store.NowAsync(cancellationToken).ConfigureAwait(false)))
        {
            throw new ThreadExpiredException(source, expiry);
        }

        if (head.DeletedAt is not null)
        {
            throw new ThreadNotFoundException(source, deleted: true);
        }

        // The version that was meant stays the same, if it is tried again.
        ThreadState? newest = null;
        _forked ??= new(source.Id, head.Life, await new PointResolver(store, head, Newest).FindAsync(options.At, cancellationToken).ConfigureAwait(false));
        var version = _forked.Life == head.Life ? _forked.Version : throw new ThreadNotFoundException(source);
        if (version == 0)
        {
            throw new PointNotFoundException(source, options.At, head.Version, "there is nothing to fork before its first commit.");
        }

        if (version < head.FirstVersion && Newest().Origins.FirstOrDefault(origin => origin.Contains(version)) is { } shown)
        {
            throw new HistoryDroppedException(
                source, version, head.FirstVersion, $"Version {version} of thread '{source}' is one of thread '{shown.Id}', which it was forked from: fork that one. Its own oldest version is {head.FirstVersion}.");
        }

        var (state, chain) = (default(ThreadState), head.ChainHash);
        if (version < head.Version)
        {
            (state, _, chain) = await PastFold.AtAsync(store.Calls, store.Bodies, source, version, head, cancellationToken).ConfigureAwait(false);
        }

        state ??= Newest();
        var answers = ForkState.Make(state, new(source.Id, head.Life, head.FirstVersion, version), options.UserId ?? head.UserId);
        var origins = new List<ThreadHead>();
        foreach (var origin in state.Origins.SkipLast(1))
        {
            // Where one is missing that the thread itself shows, there is nothing to fork.
            origins.Add(await ForkReading.FindAsync(store, source, origin, cancellationToken).ConfigureAwait(false)
                ?? throw new HistoryDroppedException(source, origin.From, head.FirstVersion, $"Thread '{source}' cannot be forked: it shows versions of thread '{origin.Id}', which is gone."));
        }

        await Erasing.RefuseAsync(store, target, state.UserId, cancellationToken).ConfigureAwait(false);
        return (await MakeAsync(state, head, answers, version, chain, cancellationToken).ConfigureAwait(false), state, [.. origins, head]);

        ThreadState Newest() => newest ??= TailFold.Of(store.Bodies, tail).State;
    }

    private async ValueTask<AppendRequest> MakeAsync(ThreadState state, ThreadHead forked, IReadOnlyList<StoredMessage> answers, long version, Digest chain, CancellationToken cancellationToken)
    {
        var now = store.Now;
        var properties = new Dictionary<string, string> { [HeadProperties.ForkedFrom] = _forked!.ToText(), [HeadProperties.Unpinned] = "1" };
        if (forked.Properties.TryGetValue(HeadProperties.LostPast, out var lost))
        {
            properties.Add(HeadProperties.LostPast, lost);
        }

        var change = new Change();
        change.Messages.AddRange(answers);
        var body = new CommitBody { Change = change, At = now, By = options.By ?? state.Agent, Reason = options.Reason ?? $"forked from {source.Id} at version {version}" };
        var json = store.Bodies.Encode(CommitBodyWriter.Write(body, new(state, new(state.History, state.MessageCount), state.OpenCalls, chain)).Json);
        var entry = new LogEntry
        {
            Key = target,
            Version = version + 1,
            CommitId = CommitId.New(store.Time),
            At = now,
            MessageCount = answers.Count,
            IsKeyframe = true,
            BodyHash = Digest.Compute(json),
            Body = json,
        };
        return new()
        {
            Entry = entry,
            After = chain,
            Begins = true,
            Head = new()
            {
                Key = target,
                Life = entry.CommitId,
                FirstVersion = entry.Version,
                Version = entry.Version,
                KeyframeVersion = entry.Version,
                ChainHash = ChainHash.Next(chain, entry),
                UserId = state.UserId,
                Agent = state.Agent,
                Status = state.Status,
                Metadata = state.Find(SectionNames.Metadata)?.ToDictionary(pair => pair.Key, pair => Utf8Json.Parse(pair.Value), StringComparer.Ordinal).AsReadOnly() ?? ThreadHead.EmptyMetadata,
                MessageCount = state.MessageCount,
                CreatedAt = now,
                UpdatedAt = now,
                ExpiresAt = store.Expiry.IsNever ? null : store.Expiry.ExpiresAt(state.Status, now, await store.NowAsync(cancellationToken).ConfigureAwait(false)),
                Properties = properties,
            },
        };
    }

    // Sent until it is known what came of it: the same request is never written twice.
    private async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await store.Calls.AppendAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e) when (e.OutcomeUnknown && attempt < store.SettlingAttempts)
            {
                cancellationToken = CancellationToken.None;
                await store.Backoff.AfterFailureAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // A thread stands there: if it is this very fork, and was not finished, it is now.
    private async ValueTask<ThreadHead?> MeetAsync(CancellationToken cancellationToken)
    {
        var standing = await store.Unguarded.GetHeadAsync(target, cancellationToken).ConfigureAwait(false);
        if (standing is null)
        {
            return null;
        }

        if (standing.ExpiresAt is not null && standing.IsExpired(await store.NowAsync(cancellationToken).ConfigureAwait(false))
            && await Erasure.EraseIfUnchangedAsync(store, standing, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        var wasCutOff = standing.Properties.ContainsKey(HeadProperties.Unpinned);
        var finished = await ForkBirth.FinishAsync(store, target, cancellationToken).ConfigureAwait(false);
        if (finished is null)
        {
            return null;
        }

        var origin = ForkOrigin.Parse(finished.Properties.GetValueOrDefault(HeadProperties.ForkedFrom));
        var isOwn = store.User is null || store.User == finished.UserId;
        return wasCutOff && isOwn && origin == _forked ? finished : throw new ThreadExistsException(target, isOwn ? origin : null);
    }
}
