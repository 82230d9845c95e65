using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Finds out what a policy does to a thread as it is now.</summary>
/// <param name="store">Where the thread is.</param>
/// <param name="session">The thread, opened; nothing is pending.</param>
/// <param name="head">Its head.</param>
/// <param name="policy">The policy for its status.</param>
internal sealed class RetentionPlanner(StoreContext store, SessionState session, ThreadHead head, RetentionPolicy policy)
{
    private readonly List<RetentionReason> _reasons = [];

    /// <summary>How many of the last messages stay visible; null if all do.</summary>
    public long? KeptMessages { get; private set; }

    public async ValueTask<RetentionPlan> PlanAsync(CancellationToken cancellationToken)
    {
        var now = await store.NowAsync(cancellationToken).ConfigureAwait(false);
        if (!policy.HasRules)
        {
            return Plan(head.FirstVersion, []);
        }

        var newest = Math.Max(policy.KeepVersions ?? 0, policy.LeastVersions);
        Keep(RetentionKind.Newest, head.Version - newest + 1, $"the newest {newest:N0} versions stay");
        await KeepYoungAsync(now, cancellationToken).ConfigureAwait(false);
        await KeepMessagesAsync(now, cancellationToken).ConfigureAwait(false);
        KeepWhatIsPointedTo();
        if (head.LowestPin is { } pin)
        {
            Keep(RetentionKind.Fork, pin, $"a fork shows version {pin} and later ones");
        }

        var line = await KeyframeAsync(store, head, _reasons.Min(reason => reason.Version), cancellationToken).ConfigureAwait(false);
        return Plan(line, [.. RecordsBefore(line)]);
    }

    private RetentionPlan Plan(long keepFrom, IReadOnlyList<string> carried) => new()
    {
        ThreadId = head.Key.Id,
        FirstVersion = head.FirstVersion,
        Version = head.Version,
        KeepFrom = keepFrom,
        HiddenMessages = KeptMessages is { } kept ? session.State.MessageCount - kept : 0,
        CarriedRecords = carried,
        Reasons = [.. _reasons.OrderBy(reason => reason.Version)],
    };

    private void Keep(RetentionKind kind, long version, string text) => _reasons.Add(new(kind, Math.Max(version, head.FirstVersion), text));

    private async ValueTask KeepYoungAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var time = policy.KeepFor is { } kept && kept > RetentionPolicy.LeastTime ? kept : RetentionPolicy.LeastTime;
        var since = Before(now, time);
        var old = await new PointResolver(store, head, () => session.State).FindEndAsync(ThreadPoint.AtTime(since), cancellationToken).ConfigureAwait(false);
        Keep(RetentionKind.Age, old + 1, $"what is younger than {Describe.Time(since)} stays");
    }

    // The messages that stay visible, or would once those that are too many or too old are hidden.
    private async ValueTask KeepMessagesAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (session.State.MessageCount == 0)
        {
            return;
        }

        var oldest = policy.MaxMessageAge is { } age ? Before(now, age > RetentionPolicy.LeastTime ? age : RetentionPolicy.LeastTime) : (DateTimeOffset?)null;
        var isLimited = oldest is not null || policy.MaxMessages < session.State.MessageCount;
        var first = session.State.History.Ranges.Min(range => range.From);
        if (isLimited)
        {
            var (count, lowest) = (0, long.MaxValue);
            await foreach (var message in session.History.BackwardAsync(null, cancellationToken).ConfigureAwait(false))
            {
                if (count > 0 && (count >= policy.MaxMessages || message.Message.At < oldest))
                {
                    break;
                }

                (count, lowest) = (count + 1, Math.Min(lowest, message.Version));
            }

            // As a cut would leave it, which never parts a call from its result.
            if (count < session.State.MessageCount)
            {
                (KeptMessages, first) = await session.History.CutAsync(count, cancellationToken).ConfigureAwait(false);
            }
        }

        Keep(RetentionKind.Messages, first, $"a message of version {first} is visible");
    }

    private void KeepWhatIsPointedTo()
    {
        foreach (var label in LabelCodec.ReadAll(session.State))
        {
            Keep(RetentionKind.Label, label.Version, $"version {label.Version} has the label '{label.Name}'");
        }

        foreach (var (id, turn) in TurnFacts.All(session.State, TurnSections.Turns, TurnJson.Compact.TurnDocument))
        {
            Keep(RetentionKind.Turn, turn.Begun, $"turn {id}, which has not ended, began with version {turn.Begun}");
        }

        if (session.State.OpenCalls.Calls is [_, ..] calls)
        {
            var lowest = calls.Min(call => call.Version);
            Keep(RetentionKind.Turn, lowest, $"version {lowest} has a tool call without a result");
        }
    }

    /// <summary>The highest version up to one that has the whole state, with which what stays can begin.</summary>
    public static async ValueTask<long> KeyframeAsync(StoreContext store, ThreadHead head, long highest, CancellationToken cancellationToken)
    {
        if (highest > head.FirstVersion)
        {
            var walk = new EntryWalk(store.Bodies, head.Key) { Expected = highest, Direction = ReadDirection.Backward };
            var request = new ReadRequest { Key = head.Key, From = head.FirstVersion + 1, To = highest, Life = head.Life };
            await foreach (var opened in walk.ReadAsync(store.Calls, request, head.FirstVersion + 1, cancellationToken).ConfigureAwait(false))
            {
                if (opened.Entry.IsKeyframe)
                {
                    return opened.Version;
                }
            }
        }

        return head.FirstVersion;
    }

    private IEnumerable<string> RecordsBefore(long version)
        => (session.State.Find(SectionNames.Records) ?? []).Where(pair => JsonElement.Parse(pair.Value.Span)[0].GetInt64() < version).Select(pair => pair.Key);

    private static DateTimeOffset Before(DateTimeOffset now, TimeSpan time) => now - DateTimeOffset.MinValue > time ? now - time : DateTimeOffset.MinValue;
}
