using Holdfast.Logs;

namespace Holdfast;

/// <summary>Finds out what a policy does to a thread as it is now.</summary>
/// <param name="store">Where the thread is.</param>
/// <param name="session">The thread, opened; nothing is pending.</param>
/// <param name="head">Its head.</param>
/// <param name="check">What is known of the entries themselves.</param>
/// <param name="policy">The policy for its status.</param>
internal sealed class RetentionPlanner(StoreContext store, SessionState session, ThreadHead head, DropCheck check, RetentionPolicy policy)
{
    private readonly List<RetentionReason> _reasons = [];

    /// <summary>How many of the last messages stay visible; null if all do.</summary>
    public long? KeptMessages { get; private set; }

    public async ValueTask<RetentionPlan> PlanAsync(CancellationToken cancellationToken)
    {
        var now = await store.NowAsync(cancellationToken).ConfigureAwait(false);
        if (!policy.HasRules)
        {
            return Plan([new(head.FirstVersion, head.Version)]);
        }

        var newest = Math.Max(policy.KeepVersions ?? 0, policy.LeastVersions);
        Keep(RetentionKind.Newest, head.Version - newest + 1, null, $"the newest {newest:N0} versions stay");
        await KeepYoungAsync(now, cancellationToken).ConfigureAwait(false);
        await KeepMessagesAsync(now, cancellationToken).ConfigureAwait(false);
        KeepWhatIsPointedTo();
        await KeepWhatForksShowAsync(cancellationToken).ConfigureAwait(false);
        var stretches = await StretchesAsync(cancellationToken).ConfigureAwait(false);
        if (await FirstYoungAsync(stretches, now, cancellationToken).ConfigureAwait(false) is { } young)
        {
            Keep(RetentionKind.Age, young, null, $"version {young} is younger than {Describe.Time(YoungSince(now))}, although later ones look older: a clock was wrong");
            stretches = await StretchesAsync(cancellationToken).ConfigureAwait(false);
        }

        // What forks or labels show of an archive can change while something there is emptied, so nothing is.
        return Plan(head.ArchivedBelow is null ? stretches : [new(stretches[0].From, head.Version)]);
    }

    private RetentionPlan Plan(IReadOnlyList<VersionRange> stretches)
    {
        var emptied = VersionRange.Emptied(head);
        var kept = VersionRange.Without(stretches, emptied);
        return new()
        {
            ThreadId = head.Key.Id,
            FirstVersion = head.FirstVersion,
            Version = head.Version,
            KeepFrom = stretches[0].From,
            Kept = kept,
            EmptiedVersions = Gaps(stretches).Sum(gap => gap.Count),
            HiddenMessages = KeptMessages is { } count ? session.State.MessageCount - count : 0,
            CarriedRecords = [.. RecordsBeside(kept, emptied)],
            Reasons = [.. _reasons.OrderBy(reason => reason.Version)],
        };
    }

    /// <summary>What lies between the stretches that stay, and was not emptied by an earlier run.</summary>
    public IReadOnlyList<VersionRange> Gaps(IReadOnlyList<VersionRange> stretches)
        => VersionRange.Without([.. stretches.Zip(stretches.Skip(1), (one, next) => new VersionRange(one.To + 1, next.From - 1))], VersionRange.Emptied(head));

    // Of a fork, versions below its first are those of other threads.
    private void Keep(RetentionKind kind, long from, long? to, string text)
    {
        if (to is null || to >= head.FirstVersion)
        {
            _reasons.Add(new(kind, Math.Max(from, head.FirstVersion), text) { To = to });
        }
    }

    private async ValueTask KeepYoungAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = YoungSince(now);
        var old = await new PointResolver(store, head, () => session.State).FindEndAsync(ThreadPoint.AtTime(since), cancellationToken).ConfigureAwait(false);
        Keep(RetentionKind.Age, old + 1, null, $"what is younger than {Describe.Time(since)} stays");
    }

    private DateTimeOffset YoungSince(DateTimeOffset now)
        => Instants.Before(now, policy.KeepFor is { } kept && kept > RetentionPolicy.LeastTime ? kept : RetentionPolicy.LeastTime);

    // A time is found as if times never went back. One commit of a machine whose clock is behind would make everything before it look old, so what would go is looked at, once.
    private ValueTask<long?> FirstYoungAsync(IReadOnlyList<VersionRange> stretches, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var below = new VersionRange(head.FirstVersion, stretches[0].From - 1);
        IReadOnlyList<VersionRange> dropped = below.Count > 0 ? [below, .. Gaps(stretches)] : Gaps(stretches);
        return dropped.Count > 0 ? check.FirstYoungAsync(head, dropped, YoungSince(now), cancellationToken) : new((long?)null);
    }

    // The messages that stay visible, or would once those that are too many or too old are hidden.
    private async ValueTask KeepMessagesAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (session.State.MessageCount == 0)
        {
            return;
        }

        var oldest = policy.MaxMessageAge is { } age ? Instants.Before(now, age > RetentionPolicy.LeastTime ? age : RetentionPolicy.LeastTime) : (DateTimeOffset?)null;
        var visible = session.State.History;
        if (oldest is not null || policy.MaxMessages < session.State.MessageCount)
        {
            // A turn that has not ended is continued with what was said in it.
            var (count, kept, begun) = (0, 0, TurnFacts.All(session.State, TurnSections.Turns, TurnJson.Compact.TurnDocument).Select(open => open.Value.Begun).DefaultIfEmpty(long.MaxValue).Min());
            await foreach (var message in session.History.BackwardAsync(null, cancellationToken).ConfigureAwait(false))
            {
                var isOver = message.Version < begun && count >= policy.MaxMessages;
                if (count > 0 && isOver)
                {
                    break;
                }

                // One that looks old may be of a machine whose clock was behind: what is before it is looked at too.
                count++;
                kept = count == 1 || message.Version >= begun || !(message.Message.At < oldest) ? count : kept;
            }

            // As a cut would leave it, which never parts a call from its result.
            if (kept < session.State.MessageCount)
            {
                (KeptMessages, visible) = await session.History.CutAsync(kept, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var range in visible.Ranges)
        {
            Keep(RetentionKind.Messages, range.From, range.To, $"messages of {(range.To is { } to ? range.From == to ? $"version {to}" : $"versions {range.From} to {to}" : $"version {range.From} and later ones")} are visible");
        }
    }

    private void KeepWhatIsPointedTo()
    {
        foreach (var label in LabelCodec.ReadAll(session.State))
        {
            Keep(RetentionKind.Label, label.Version, label.Version, $"version {label.Version} has the label '{label.Name}'");
        }

        foreach (var (id, turn) in TurnFacts.All(session.State, TurnSections.Turns, TurnJson.Compact.TurnDocument))
        {
            Keep(RetentionKind.Turn, turn.Begun, null, $"turn {id}, which has not ended, began with version {turn.Begun}");
        }

        if (session.State.OpenCalls.Calls is [_, ..] calls)
        {
            var lowest = calls.Min(call => call.Version);
            Keep(RetentionKind.Turn, lowest, null, $"version {lowest} has a tool call without a result");
        }
    }

    private async ValueTask KeepWhatForksShowAsync(CancellationToken cancellationToken)
    {
        if (head.PinCount == 0)
        {
            return;
        }

        // The plan is made for this head: whoever pins something meanwhile changes it, and nothing is dropped then.
        var pinned = await store.Calls.GetHeadAsync(new HeadRequest { Key = head.Key, WithPins = true }, cancellationToken).ConfigureAwait(false);
        foreach (var pin in pinned?.Pins ?? [])
        {
            Keep(RetentionKind.Fork, pin.From, pin.To, $"fork '{pin.Key.Id}' shows versions {pin.From} to {pin.To}");
        }
    }

    // What stays, lowest first. Each stretch begins with the whole state, so that each of its versions can be loaded.
    private async ValueTask<IReadOnlyList<VersionRange>> StretchesAsync(CancellationToken cancellationToken)
    {
        var rules = VersionRange.Joined(_reasons.Select(reason => new VersionRange(reason.Version, reason.To ?? head.Version)));
        var stretches = new Stack<VersionRange>();
        var to = rules[^1].To;
        for (var i = rules.Count - 1; i >= 0; i--)
        {
            // Where there is none above what stays before it, nothing can go between the two.
            var lowest = i > 0 ? rules[i - 1].To + 1 : head.FirstVersion + 1;
            var keyframe = await KeyframeSearch.FindAsync(store.Calls, store.Bodies, head, lowest, rules[i].From, cancellationToken).ConfigureAwait(false);
            if (keyframe > lowest || (keyframe == lowest && i == 0))
            {
                stretches.Push(new(keyframe, to));
                to = i > 0 ? rules[i - 1].To : 0;
            }
        }

        if (to > 0)
        {
            stretches.Push(new(head.FirstVersion, to));
        }

        return [.. stretches];
    }

    // The records that would go. One that went with a version before cannot be carried any more.
    private IEnumerable<string> RecordsBeside(IReadOnlyList<VersionRange> kept, IReadOnlyList<VersionRange> emptied)
        => from pair in session.State.Find(SectionNames.Records) ?? []
           let version = RecordPlace.Read(pair.Value).Version
           where version >= head.FirstVersion && !emptied.Any(range => range.Contains(version)) && !kept.Any(range => range.Contains(version))
           select pair.Key;
}
