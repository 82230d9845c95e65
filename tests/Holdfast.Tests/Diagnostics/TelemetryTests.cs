using System.Diagnostics;
using System.Diagnostics.Metrics;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Holdfast.Tests.Diagnostics;

public sealed class TelemetryTests
{
    private readonly TestStore _test = new();
    private readonly string _thread = "telemetry " + Guid.NewGuid();

    [Fact]
    public async Task Commit_IsAnActivityWithItsOutcome()
    {
        var activities = new List<Activity>();
        using var listener = Listen(activities);
        var session = await _test.Store.OpenAsync(_thread);
        session.Say("hello");
        _test.Faults.Next(LogCall.Append).FailsAfter();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync());
        await session.CommitAsync();
        var stale = await _test.Store.OpenAsync(_thread);
        await _test.CommitAsync(_thread, other => other.Say("other"));
        stale.Say("stale");
        await Should.ThrowAsync<CommitConflictException>(async () => await stale.CommitAsync());

        activities.Select(activity => (activity.OperationName, activity.Kind)).ShouldAllBe(activity => activity.Kind == ActivityKind.Client);
        activities.Count(activity => activity.OperationName == "holdfast.read").ShouldBe(3);
        var commits = activities.Where(activity => activity.OperationName == "holdfast.commit").ToList();
        commits.Select(commit => commit.GetTagItem("holdfast.outcome")).ShouldBe([null, "duplicate", "appended", "conflict"]);
        commits.Select(commit => commit.GetTagItem("holdfast.version")).ShouldBe([1L, 1L, 2L, 2L]);
        (commits[0].Status, commits[0].StatusDescription).ShouldBe((ActivityStatusCode.Error, nameof(StoreUnavailableException)));
    }

    [Fact]
    public async Task ActivitiesOfAChatCall_NameTheConversation()
    {
        var activities = new List<Activity>();
        using var listener = Listen(activities);
        var client = new Chat.ScriptedModel("ok").WithState(_test.Store);

        await client.GetResponseAsync("hello", new() { ConversationId = _thread });
        await client.GetStreamingResponseAsync("hello", new() { ConversationId = _thread }).ToListAsync();
        await _test.Store.OpenAsync(_thread);

        activities.Select(activity => (activity.OperationName, activity.GetTagItem("gen_ai.conversation.id"))).ShouldBe(
        [
            ("holdfast.read", _thread), ("holdfast.commit", _thread), ("holdfast.commit", _thread),
            ("holdfast.read", _thread), ("holdfast.commit", _thread), ("holdfast.commit", _thread),
            ("holdfast.read", null),
        ]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATurn_HasItsStepsItsCommitsAndTheCallsOfTheModelInIt(bool isInARequest)
    {
        var activities = new List<Activity>();
        using var listener = Listen(activities);
        using var request = isInARequest ? new Activity("request").Start() : null;
        var asked = new List<string?>();
        var model = new Chat.ScriptedModel(_ =>
        {
            asked.Add(Activity.Current?.OperationName);
            return new(new ChatMessage(ChatRole.Assistant, "ok"));
        });

        await using var turn = await _test.Store.Thread(_thread).BeginTurnAsync("hello");
        await turn.ReplyAsync(model);
        await turn.RunOnceAsync("work", async (_, token) => await turn.AddAsync([new(ChatRole.Assistant, "working")], cancellationToken: token));
        Activity.Current.ShouldBe(request);
        await turn.CompleteAsync();

        var whole = activities.Single(activity => activity.OperationName == "holdfast.turn");
        whole.Parent.ShouldBe(request);
        var step = activities.Single(activity => activity.OperationName == "holdfast.step");
        step.Parent.ShouldBe(whole);
        activities.Where(activity => activity.OperationName == "holdfast.commit").Select(commit => commit.Parent).ShouldBe([request, whole, step, whole, whole]);
        asked.ShouldBe(["holdfast.turn"]);
    }

    [Fact]
    public async Task Commits_AreMeasured()
    {
        // Other tests commit at the same time, so each instrument says at least what this one did.
        var measured = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, meters) =>
        {
            if (instrument.Meter.Name == "Holdfast")
            {
                meters.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        listener.Start();

        var commit = await _test.CommitAsync(_thread, session => session.Say(new string('x', 31_234)));
        (await _test.CommitAsync(_thread, session => session.Say("keyframe"))).IsKeyframe.ShouldBeTrue();
        var stale = await _test.Store.OpenAsync(_thread);
        await _test.CommitAsync(_thread, other => other.Say("other"));
        stale.Say("stale");
        await Should.ThrowAsync<CommitConflictException>(async () => await stale.CommitAsync());

        lock (measured)
        {
            new[] { "holdfast.commit.duration", "holdfast.commit.size", "holdfast.commit.conflicts", "holdfast.keyframes", "holdfast.read.duration" }.ShouldBeSubsetOf(measured.Keys);
            measured["holdfast.commit.size"].ShouldContain(commit.Bytes);
            measured["holdfast.commit.duration"].Count.ShouldBeGreaterThanOrEqualTo(4);
            measured["holdfast.read.duration"].ShouldAllBe(seconds => seconds >= 0 && seconds < 600);
        }

        void Add(Instrument instrument, double value)
        {
            lock (measured)
            {
                (measured.TryGetValue(instrument.Name, out var values) ? values : measured[instrument.Name] = []).Add(value);
            }
        }
    }

    [Fact]
    public async Task ReadingStates_ListsAndLogs_IsMeasured()
    {
        var measured = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener { InstrumentPublished = (instrument, meters) => meters.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            lock (measured)
            {
                measured.Add(instrument.Name);
            }
        });
        listener.Start();
        await _test.CommitAsync(_thread, session => session.Say("hello"));

        await _test.Store.LoadAsync(_thread);
        await _test.Store.ListAsync().CountAsync();
        await _test.Store.Thread(_thread).LogAsync().CountAsync();

        lock (measured)
        {
            new[] { "holdfast.load.duration", "holdfast.list.duration", "holdfast.log.duration" }.ShouldBeSubsetOf(measured);
        }
    }

    [Fact]
    public async Task Operations_AreLogged_NeverWithTheContentOfMessagesOrValues()
    {
        const string Secret = "SECRET";
        var logged = new CapturedLog();
        var store = new AgentStateStore(_test.Faults, new() { TimeProvider = _test.Clock }, logged);
        var thread = store.Thread("a");
        var stale = await store.OpenAsync("a");
        stale.Say(Secret);
        await store.UpdateAsync("a", session =>
        {
            session.Say(Secret);
            session.Variables.Set("x", Secret);
            session.Metadata.Set("m", Secret);
            session.Todos.Add(Secret);
            session.Records.Put("r", Secret);
        });
        await Should.ThrowAsync<CommitConflictException>(async () => await stale.CommitAsync());
        await stale.RebaseAsync();
        await store.LoadAsync("a");
        await store.ListAsync(new ThreadQuery().WithMetadata("m", Secret)).CountAsync();
        await thread.LogAsync().CountAsync();
        await thread.VerifyAsync();
        await thread.ExtendAsync(TimeSpan.FromHours(1));
        await thread.DeleteAsync();
        await thread.RestoreDeletedAsync();
        await store.CopyToAsync(new AgentStateStore(new Holdfast.Logs.InMemoryCommitLog()));
        await thread.EraseAsync();
        await store.CleanupAsync();

        logged.Events.Select(entry => entry.Id.Id).Distinct().ShouldBe(
            [
                EventIds.Opened, EventIds.Committed, EventIds.Conflict, EventIds.Rebased, EventIds.Loaded, EventIds.Listed, EventIds.LogRead, EventIds.Verified, EventIds.Extended,
                EventIds.Deleted, EventIds.RestoredDeleted, EventIds.Copied, EventIds.Erased, EventIds.CleanedUp,
            ],
            ignoreOrder: true);
        logged.Events.ShouldAllBe(entry => !entry.Text.Contains(Secret, StringComparison.Ordinal) && entry.Level <= LogLevel.Information);
        logged.Events.Single(entry => entry.Id.Id == EventIds.Conflict).Text.ShouldBe("Thread a was expected at version 0 and is at 1.");
        logged.Events.First(entry => entry.Id.Id == EventIds.Committed).Text.ShouldMatch(@"^Version 1 of thread a was committed with 1 new messages, \d+ bytes, keyframe: False; sending took \d+\.\d+ ms\.$");
    }

    private ActivityListener Listen(List<Activity> activities)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Holdfast",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("holdfast.thread"), _thread))
                {
                    activities.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
