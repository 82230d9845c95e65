using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

/// <summary>What a session's thread keeps of turns, steps, interrupts and its lease, with types.</summary>
/// <param name="session">The thread.</param>
internal sealed class TurnBook(SessionState session)
{
    /// <summary>The most interrupts that are kept after they were closed, so that a second answer is told of the first.</summary>
    private const int KeptInterrupts = 16;

    private static readonly TurnJson Json = TurnJson.Compact;

    public SessionState Session => session;

    /// <summary>The idempotency keys of the turns that ended.</summary>
    public KeyIndex Keys { get; } = new(session);

    private ThreadState State => session.State;

    public IEnumerable<(TurnId Id, TurnDocument Turn)> Turns => TurnFacts.All(State, TurnSections.Turns, Json.TurnDocument).Select(pair => (new TurnId(pair.Key), pair.Value));

    /// <summary>What waits, in the order of the commits. (Ids of one millisecond have no order.)</summary>
    public IEnumerable<(TurnId Id, QueuedDocument Queued)> Queue
        => TurnFacts.All(State, TurnSections.Queue, Json.QueuedDocument).Select(pair => (new TurnId(pair.Key), pair.Value));

    public IEnumerable<(InterruptId Id, InterruptDocument Interrupt)> Interrupts
        => TurnFacts.All(State, TurnSections.Interrupts, Json.InterruptDocument).Select(pair => (new InterruptId(pair.Key), pair.Value));

    public LeaseDocument? Lease => TurnFacts.Find(State, TurnSections.Lease, TurnSections.Holder, Json.LeaseDocument);

    public long HeldAt => TurnFacts.HeldAt(State);

    public TurnDocument? Find(TurnId id) => TurnFacts.Find(State, TurnSections.Turns, id.Value, Json.TurnDocument);

    public void Put(TurnId id, TurnDocument turn) => Set(TurnSections.Turns, id.Value, turn, Json.TurnDocument);

    public QueuedDocument? FindQueued(TurnId id) => TurnFacts.Find(State, TurnSections.Queue, id.Value, Json.QueuedDocument);

    public void Put(TurnId id, QueuedDocument queued) => Set(TurnSections.Queue, id.Value, queued, Json.QueuedDocument);

    public void RemoveQueued(TurnId id)
    {
        session.Remove(TurnSections.Queue, id.Value);
        session.Records.Remove(TurnSections.InputRecord(id.Value));
    }

    /// <summary>Why a turn is to be cancelled; null if it is not.</summary>
    public string? CancelReason(TurnId id)
        => State.TryGet(TurnSections.Cancel, id.Value, out var json) ? JsonElement.Parse(json.Span).GetString() ?? "" : null;

    public void AskToCancel(TurnId id, string? reason)
        => session.Set(TurnSections.Cancel, id.Value, JsonSerializer.SerializeToUtf8Bytes(reason ?? "", Json.String));

    public StepDocument? Step(TurnId turn, string key) => TurnFacts.Find(State, TurnSections.Steps, TurnSections.StepKey(turn, key), Json.StepDocument);

    public void Put(TurnId turn, string key, StepDocument step) => Set(TurnSections.Steps, TurnSections.StepKey(turn, key), step, Json.StepDocument);

    /// <summary>Leaves interrupts as others have answered them: that one is pending, or that its deadline has passed, does not go over an answer; and one that is withdrawn has it too.</summary>
    public void LeaveAnswers(IEnumerable<OpenedEntry> newer)
    {
        foreach (var (section, key, change) in newer.SelectMany(opened => opened.Body.Change.Sections).Where(change => change.Section == TurnSections.Interrupts))
        {
            switch (Interrupt(new(key)))
            {
                case { State: InterruptState.Pending or InterruptState.Expired }:
                    session.Pending.Sections.Forget(section, key);
                    break;
                case { State: InterruptState.Withdrawn, Answer: null } withdrawn when change.Value is { } json:
                    Put(new(key), withdrawn with { Answer = JsonSerializer.Deserialize(json.Span, Json.InterruptDocument)!.Answer });
                    break;
            }
        }
    }

    /// <summary>The steps of a turn, by their keys, in the order in which they began.</summary>
    public IEnumerable<(string Key, StepDocument Step)> Steps(TurnId turn)
        => TurnFacts.All(State, TurnSections.Steps, Json.StepDocument)
            .Where(pair => pair.Key.StartsWith(turn.Value + "/", StringComparison.Ordinal))
            .Select(pair => (pair.Key[(turn.Value.Length + 1)..], pair.Value));

    public InterruptDocument? Interrupt(InterruptId id) => TurnFacts.Find(State, TurnSections.Interrupts, id.Value, Json.InterruptDocument);

    public void Put(InterruptId id, InterruptDocument interrupt) => Set(TurnSections.Interrupts, id.Value, interrupt, Json.InterruptDocument);

    public IEnumerable<(InterruptId Id, InterruptDocument Interrupt)> InterruptsOf(TurnId turn) => Interrupts.Where(pair => pair.Interrupt.Turn == turn.Value);

    /// <summary>Answers an interrupt; the turn is due once all of its interrupts are decided.</summary>
    public void Answer(InterruptId id, InterruptDocument asked, InterruptAnswer answer, long now)
    {
        if (answer.Value is { } value)
        {
            session.Records.Put(TurnSections.AnswerRecord(id), Utf8Json.Raw(value, "the answer"));
        }

        Put(id, asked with { State = InterruptState.Answered, Answer = answer.ToDocument(now) });
        var turn = new TurnId(asked.Turn);
        if (Find(turn) is { State: TurnState.Interrupted } waits && !InterruptsOf(turn).Any(other => other.Interrupt.State == InterruptState.Pending))
        {
            Put(turn, waits with { Wake = now });
        }
    }

    /// <summary>The value of a record with a JSON contract, as bytes.</summary>
    public void PutRecord<T>(string name, T value, JsonTypeInfo<T> type) => session.Records.Put(name, JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>Takes the lease with the commit that is being made.</summary>
    public void TakeLease(LeaseDocument lease, long version, long now)
    {
        Set(TurnSections.Lease, TurnSections.Holder, lease with { Token = version }, Json.LeaseDocument);
        Renew(now);
    }

    public void Renew(long now) => session.Set(TurnSections.Lease, TurnSections.HeldAt, Number(now));

    public void Release()
    {
        session.Remove(TurnSections.Lease, TurnSections.Holder);
        session.Remove(TurnSections.Lease, TurnSections.HeldAt);
    }

    /// <summary>Forgets a turn: what was asked and not answered is withdrawn, its steps go into its record.</summary>
    /// <param name="id">The turn.</param>
    /// <param name="isCompleted">Whether it used the answers that it had.</param>
    public void Forget(TurnId id, bool isCompleted)
    {
        session.Remove(TurnSections.Turns, id.Value);
        session.Remove(TurnSections.Cancel, id.Value);
        session.Records.Remove(TurnSections.InputRecord(id.Value));
        foreach (var (key, _) in Steps(id).ToList())
        {
            session.Remove(TurnSections.Steps, TurnSections.StepKey(id, key));
            session.Records.Remove(TurnSections.StepRecord(TurnSections.StepKey(id, key)));
        }

        foreach (var (interruptId, interrupt) in InterruptsOf(id).ToList())
        {
            if (interrupt.State is not InterruptState.Applied)
            {
                var isUsed = isCompleted && interrupt.State is InterruptState.Answered or InterruptState.Expired;
                Put(interruptId, interrupt with { State = isUsed ? InterruptState.Applied : InterruptState.Withdrawn });
            }
        }

        var open = Turns.Select(turn => turn.Id.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var (interruptId, _) in Interrupts.Where(pair => !open.Contains(pair.Interrupt.Turn)).OrderByDescending(pair => pair.Interrupt.At).Skip(KeptInterrupts).ToList())
        {
            Remove(interruptId);
        }
    }

    /// <summary>Brings back what a turn has recorded that has ended and is resumed: its steps, and the answers that it was given. What nobody had answered it can ask once more. Questions about calls stay closed: their calls were answered when it ended.</summary>
    public void Restore(TurnId id, TurnRecord ended)
    {
        foreach (var (interruptId, asked) in InterruptsOf(id).Where(asked => asked.Interrupt is { State: InterruptState.Withdrawn, Call: null }).ToList())
        {
            if (asked.Answer is not null)
            {
                Put(interruptId, asked with { State = InterruptState.Answered });
            }
            else
            {
                Remove(interruptId);
            }
        }

        foreach (var (key, step) in ended.Steps ?? new Dictionary<string, StepDocument>())
        {
            Put(id, key, step);
            if (ended.Outputs?.GetValueOrDefault(key) is { } place)
            {
                session.Set(SectionNames.Records, TurnSections.StepRecord(TurnSections.StepKey(id, key)), JsonSerializer.SerializeToUtf8Bytes(place, Json.Int64Array));
            }
        }
    }

    /// <summary>Reads a record by its name; null if there is none.</summary>
    public async ValueTask<T?> ReadRecordAsync<T>(string name, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
        => await session.Records.ReadAsync(name, cancellationToken).ConfigureAwait(false) is { } json ? JsonSerializer.Deserialize(json.Span, type) : null;

    /// <summary>Adds a turn to those that ended.</summary>
    public void AddEnded(TurnRecord turn) => session.Records.Add(StoredRecord.Turn, JsonSerializer.SerializeToUtf8Bytes(turn, Json.TurnRecord));

    /// <summary>The turn that ended with a version and had a key; null if there is none.</summary>
    public async ValueTask<TurnRecord?> ReadEndedAsync(long version, string key, CancellationToken cancellationToken)
        => (await session.Records.ReadAsync(version, cancellationToken).ConfigureAwait(false))
            .Where(record => record is { Name: null, Kind: StoredRecord.Turn }).Select(record => Read(record)).FirstOrDefault(turn => turn.Turn.HasKey(key));

    /// <summary>The turns that ended, newest first, each with the version that it ended with. One commit is read for each commit that ended any.</summary>
    public async IAsyncEnumerable<(TurnRecord Turn, long Version)> EndedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (place, record, _) in session.Records.Reader.BackwardAsync(StoredRecord.Turn, session.Records.CommittedEndOf(StoredRecord.Turn), cancellationToken).ConfigureAwait(false))
        {
            yield return (Read(record), place.Version);
        }
    }

    /// <summary>The record of a turn that has ended, and its version; null if there is none.</summary>
    public async ValueTask<(TurnRecord Turn, long Version)?> FindEndedAsync(TurnId id, CancellationToken cancellationToken)
    {
        await foreach (var (turn, version) in EndedAsync(cancellationToken).ConfigureAwait(false))
        {
            if (turn.Id == id.Value)
            {
                return (turn, version);
            }
        }

        return null;
    }

    /// <summary>Where a record is: its version and its place in it; null if there is none, or if it is not committed yet.</summary>
    public long[]? PlaceOf(string name)
        => State.TryGet(SectionNames.Records, name, out var json) ? [.. JsonElement.Parse(json.Span).EnumerateArray().Select(number => number.GetInt64())] : null;

    private void Remove(InterruptId id)
    {
        session.Remove(TurnSections.Interrupts, id.Value);
        session.Records.Remove(TurnSections.AskRecord(id));
        session.Records.Remove(TurnSections.AnswerRecord(id));
    }

    private void Set<T>(string section, string key, T value, JsonTypeInfo<T> type) => session.Set(section, key, JsonSerializer.SerializeToUtf8Bytes(value, type));

    private static TurnRecord Read(StoredRecord record) => JsonSerializer.Deserialize(record.Json.Span, Json.TurnRecord)!;

    private static byte[] Number(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));
}
