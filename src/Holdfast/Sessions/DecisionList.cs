using System.Runtime.CompilerServices;

namespace Holdfast;

/// <summary>What was decided in a thread, and why. Each decision is stored once, with its commit; opening the thread does not read it, and keyframes do not repeat it.</summary>
/// <remarks>
/// The state of the thread knows only how many decisions there are and where the last one stands; each of them knows the one before it. So a listing reads one commit for each commit with
/// decisions that it passes, and nothing else. Sessions that decide at the same time do not conflict: their decisions come in the order of the commits.
/// </remarks>
public sealed class DecisionList
{
    private readonly SessionState _session;

    internal DecisionList(SessionState session) => _session = session;

    /// <summary>How many decisions there are, with those that are not committed; known without reading.</summary>
    public long Count => _session.Records.CountOf(StoredRecord.Decision);

    /// <summary>Notes a decision with the next commit.</summary>
    /// <param name="text">What was decided.</param>
    /// <param name="reason">Why.</param>
    /// <returns>The decision.</returns>
    /// <exception cref="ArgumentException">A text is empty.</exception>
    /// <exception cref="InvalidStateValueException">A text has half of a surrogate pair.</exception>
    public Decision Add(string text, string reason) => Add(new Decision { Text = text, Reason = reason });

    /// <inheritdoc cref="Add(string, string)"/>
    /// <param name="decision">What was decided. Its id, number and time are those of its commit.</param>
    /// <exception cref="ArgumentException">A text is empty, or there is no such goal.</exception>
    /// <exception cref="InvalidIdentifierException">The name of who decided cannot be used.</exception>
    public Decision Add(Decision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        if (Problem(decision) is { } problem)
        {
            throw new ArgumentException(problem, nameof(decision));
        }

        if (decision.By is { } by)
        {
            Identifiers.Check(by, "name of who decided");
        }

        _session.Records.Add(StoredRecord.Decision, DecisionCodec.Write(decision));
        return decision with { Id = "", Number = 0, At = null };
    }

    /// <summary>The decisions, newest first: those that are not committed, then the others.</summary>
    /// <remarks>Streamed: one commit is read at a time, as the decisions are enumerated.</remarks>
    /// <param name="before">The id of a decision that was listed: only those before it are. Null for all.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
    /// <exception cref="ArgumentException">There is no decision with the id <paramref name="before"/>.</exception>
    /// <exception cref="HistoryDroppedException">The version of a decision was dropped; the newer ones were listed.</exception>
    /// <exception cref="CorruptStateException">The version of a decision is damaged; the newer ones were listed.</exception>
    public async IAsyncEnumerable<Decision> ListAsync(string? before = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RecordListEnd? end;
        var waiting = new List<StoredRecord>();
        if (before is null)
        {
            waiting.AddRange(_session.Records.NotCommitted(StoredRecord.Decision));
            end = _session.Records.CommittedEndOf(StoredRecord.Decision);
        }
        else
        {
            var from = await FindAsync(before, cancellationToken).ConfigureAwait(false);
            end = from is { } found ? found.Record.Previous : throw new ArgumentException($"There is no decision with the id '{before}'.", nameof(before));
        }

        foreach (var record in waiting)
        {
            yield return DecisionCodec.Read(record.Json);
        }

        await foreach (var (place, record, commit) in _session.Records.Reader.BackwardAsync(StoredRecord.Decision, end, cancellationToken).ConfigureAwait(false))
        {
            yield return DecisionCodec.Read(record.Json, place, commit);
        }
    }

    /// <summary>Reads one decision, with one read; null if there is none with this id.</summary>
    /// <exception cref="HistoryDroppedException">The version that has it was dropped.</exception>
    /// <exception cref="CorruptStateException">The version that has it is damaged.</exception>
    public async ValueTask<Decision?> GetAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return await FindAsync(id, cancellationToken).ConfigureAwait(false) is var (place, record, commit) ? DecisionCodec.Read(record.Json, place, commit) : null;
    }

    private async ValueTask<ListedRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!DecisionCodec.TryParseId(id, out var version, out var index) || version < 1 || version > _session.Version)
        {
            return null;
        }

        var commit = await _session.Records.Reader.ReadAsync(version, cancellationToken).ConfigureAwait(false);
        return RecordReader.Find(commit, StoredRecord.Decision, index) is { } record
            ? new(new((record.Previous?.Count ?? 0) + 1, version, index), record, commit)
            : null;
    }

    private string? Problem(Decision decision)
    {
        if (string.IsNullOrEmpty(decision.Text) || string.IsNullOrEmpty(decision.Reason))
        {
            return "A decision needs a text and a reason: what was decided, and why.";
        }

        if (decision.Alternatives is null || decision.Alternatives.Any(string.IsNullOrEmpty))
        {
            return "The alternatives of a decision are texts; none of them can be empty.";
        }

        return decision.GoalId is { } goal && _session.State.Peek(SectionNames.Goals, goal) is null ? $"There is no goal with the id '{goal}' that the decision could concern." : null;
    }
}
