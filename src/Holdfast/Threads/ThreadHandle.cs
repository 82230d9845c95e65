using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>One thread as a whole: everything that can be done to it besides opening and changing it. <see cref="AgentStateStore.Thread"/> makes it without reading anything.</summary>
/// <remarks>Thread safe. It sees what its store sees: through a user's view, threads of others are not there.</remarks>
public sealed class ThreadHandle
{
    private readonly StoreContext _store;

    internal ThreadHandle(StoreContext store, ThreadKey key) => (_store, Key) = (store, key);

    /// <summary>The thread.</summary>
    public ThreadId Id => Key.Id;

    internal ThreadKey Key { get; }

    /// <summary>A child of the thread: a thread of its own that is found by its parent and its name, and belongs to the parent's owner. For the work of sub-agents.</summary>
    /// <remarks>
    /// Nothing is read or stored. The child begins with the first turn or lease that is taken of this handle, or with a session that is opened with <see cref="OpenOptions.ParentId"/>; the parent has to be there by then. The
    /// id is <see cref="ThreadId.Of"/> of the parent's id and the name; where that would be too long, or the name is empty or has control characters, it is made of a digest of both. Different names have different ids.
    /// </remarks>
    /// <param name="name">Any text.</param>
    public ThreadHandle Child(string name) => new(_store with { Parent = Id }, ThreadKey.Of(Key.Tenant, ThreadId.OfChild(Id, name)));

    /// <summary>The children of the thread, the last updated first; without a query, those that are deleted or have expired are left out.</summary>
    /// <remarks>Read from the catalogue, by index, as <see cref="AgentStateStore.ListAsync"/> does; children of children are not listed. Children that a parent of the same id left behind are listed too: see <see cref="EraseOptions.Children"/>.</remarks>
    /// <param name="query">Which of them; null for all.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
    /// <exception cref="ArgumentException">The query is out of range, or its continuation is not one that a listing returned.</exception>
    public IAsyncEnumerable<ThreadInfo> ChildrenAsync(ThreadQuery? query = null, CancellationToken cancellationToken = default)
    {
        query ??= new();
        query.Validate();
        return Family.ChildrenAsync(_store, Key, query, cancellationToken).Select(ThreadInfo.Of);
    }

    /// <summary>What the head tells about the thread; null if there is no such thread, or it was deleted or has expired.</summary>
    /// <exception cref="CorruptStateException">The head of the thread is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public async ValueTask<ThreadInfo?> GetInfoAsync(CancellationToken cancellationToken = default)
        => await VisibleHeadAsync(cancellationToken).ConfigureAwait(false) is { } head ? ThreadInfo.Of(head) : null;

    /// <inheritdoc cref="AgentStateStore.LoadAsync(ThreadId, ThreadPoint, CancellationToken)"/>
    /// <param name="point">The point to read the state at: a version, a time, a label, or commits back; by default the newest version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public ValueTask<AgentState?> LoadAsync(ThreadPoint point = default, CancellationToken cancellationToken = default)
        => ThreadLoader.LoadAsync(_store, Key, new() { Point = point }, cancellationToken);

    /// <summary>The commits of the thread, newest first; none if there is no such thread, or it was deleted or has expired.</summary>
    /// <exception cref="CorruptStateException">A commit is damaged; those before it, in the order of the log, were returned.</exception>
    public IAsyncEnumerable<CommitInfo> LogAsync(CancellationToken cancellationToken = default) => LogAsync(null, cancellationToken);

    /// <summary>The commits of the thread that a query asks for; none if there is no such thread, or it was deleted or has expired.</summary>
    /// <remarks>Streamed: commits are read as they are enumerated. Filters are applied to what is read; a range of versions reads only that range. Versions that were dropped are not listed: <see cref="ThreadInfo.FirstVersion"/> says where the log begins.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The range of versions is empty or begins before 1.</exception>
    /// <exception cref="PointNotFoundException">The thread has no such label.</exception>
    /// <exception cref="CorruptStateException">A commit is damaged; those before it, in the order of the log, were returned.</exception>
    [OverloadResolutionPriority(1)]
    public IAsyncEnumerable<CommitInfo> LogAsync(LogQuery? query, CancellationToken cancellationToken = default)
    {
        query ??= new();
        query.Validate();
        return ThreadLog.ReadAsync(_store, Key, query, cancellationToken);
    }

    /// <summary>Brings the thread back to an earlier point: a new commit whose state is the one that the thread had there. Nothing is lost, so a restore can be undone in the same way.</summary>
    /// <remarks>
    /// <para>
    /// Messages, variables, metadata, todos, goals, decisions, states of tools, records, other sections, the agent and the status are those of the point. The owner, the expiry and the labels stay, and so does what
    /// happened in the world: ended turns, the keys by which they are known, answered interrupts, queued input, and leases. Turns that have begun are cancelled with the same commit. The variables of the user and of the application
    /// are threads of their own, and stay.
    /// </para>
    /// <para>
    /// What is different is written, not the whole state; messages are not copied. A record whose value retention has dropped stays as it is, and <see cref="CommitInfo.RecordsNotRestored"/> of the result names it, unless its name
    /// leads to the same value still.
    /// </para>
    /// </remarks>
    /// <param name="point">The point: a version, a time, a label, or commits back. Version 0 is the empty state.</param>
    /// <param name="options">Who restores it and why, and the version that it must still have; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the restore as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when nothing is different at the point.</returns>
    /// <exception cref="ThreadNotFoundException">There is no such thread, or it was deleted.</exception>
    /// <exception cref="ThreadExpiredException">The thread has expired.</exception>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped.</exception>
    /// <exception cref="CommitConflictException">The thread does not have <see cref="RestoreOptions.ExpectedVersion"/>; or others changed it each time.</exception>
    /// <exception cref="StateTooLargeException">The difference, or the state, is larger than <see cref="AgentStateOptions.MaxCommitBytes"/>.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the restore may yet be stored.</exception>
    public ValueTask<CommitInfo> RestoreAsync(ThreadPoint point, RestoreOptions? options = null, CancellationToken cancellationToken = default)
        => Restoring.RestoreAsync(_store, Key, point, options, cancellationToken);

    /// <summary>Takes back the newest commits, whoever made them: <see cref="RestoreAsync"/> to the point before them. A restore counts as one commit.</summary>
    /// <param name="commits">How many: at least 1.</param>
    /// <param name="options">Who takes them back and why, and the version that the thread must still have; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the call as long as its commit was not sent.</param>
    /// <inheritdoc cref="RestoreAsync"/>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public ValueTask<CommitInfo> RollbackAsync(int commits = 1, RestoreOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(commits, 1);
        return RestoreAsync(ThreadPoint.Back(commits), options, cancellationToken);
    }

    /// <summary>What is different between two points of the thread. Messages that both points show are not read.</summary>
    /// <param name="from">The first point.</param>
    /// <param name="to">The second point; by default the newest version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The differences; null if there is no such thread.</returns>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">A point was dropped.</exception>
    /// <exception cref="CorruptStateException">What is read is damaged.</exception>
    public ValueTask<ThreadDiff?> DiffAsync(ThreadPoint from, ThreadPoint to = default, CancellationToken cancellationToken = default)
        => DiffAsync(from, Id, to, cancellationToken);

    /// <summary>What is different between a point of this thread and one of another. All visible messages of both are read.</summary>
    /// <param name="from">The point of this thread.</param>
    /// <param name="other">The other thread, of the same tenant.</param>
    /// <param name="to">The point of the other thread; by default its newest version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The differences; null if one of the threads is not there.</returns>
    /// <inheritdoc cref="DiffAsync(ThreadPoint, ThreadPoint, CancellationToken)"/>
    public ValueTask<ThreadDiff?> DiffAsync(ThreadPoint from, ThreadId other, ThreadPoint to = default, CancellationToken cancellationToken = default)
        => ThreadDiffer.DiffAsync(_store, Key, from, ThreadKey.Of(Key.Tenant, other), to, cancellationToken);

    /// <summary>Makes what one commit of another thread changed in its sections on this thread: variables, metadata, todos, goals, states of tools and sections of your own, key by key.</summary>
    /// <remarks>
    /// A key is in conflict if it has another value here than it had there before the commit, and than it got there. Elements that the commit appended to an array are appended here, too, unless the array is the one that came of it. Messages, records, decisions,
    /// the agent and the status are not picked.
    /// </remarks>
    /// <param name="source">The other thread, of the same tenant; or this one, to make a commit again that was rolled back.</param>
    /// <param name="commit">The version whose commit it is.</param>
    /// <param name="options">What happens to keys in conflict, and what is said of the commit; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the call as long as its commit was not sent.</param>
    /// <exception cref="MergeConflictException">There are conflicts, and <see cref="ConflictPolicy.Fail"/> is asked for.</exception>
    /// <exception cref="ThreadNotFoundException">One of the threads is not there, or was deleted.</exception>
    /// <exception cref="PointNotFoundException">The other thread has no such commit.</exception>
    /// <exception cref="HistoryDroppedException">The commit, or the version before it, was dropped.</exception>
    public ValueTask<CherryPickResult> CherryPickAsync(ThreadId source, ThreadPoint commit, CherryPickOptions? options = null, CancellationToken cancellationToken = default)
        => CherryPicking.PickAsync(_store, Key, ThreadKey.Of(Key.Tenant, source), commit, options, cancellationToken);

    /// <summary>Gives a version a name, by which it is found as a <see cref="ThreadPoint"/>. As long as it has one, retention does not drop it.</summary>
    /// <remarks>A label is set by a commit of its own; it is no part of the state that a restore brings back. A thread has at most 256.</remarks>
    /// <param name="name">The name: 1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="point">The version; by default the newest one.</param>
    /// <param name="options">Who sets it, and whether it is moved where another version has it; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the call as long as its commit was not sent.</param>
    /// <exception cref="LabelExistsException">Another version has the label, and <see cref="LabelOptions.Move"/> is off.</exception>
    /// <exception cref="InvalidIdentifierException">The name cannot be used.</exception>
    /// <exception cref="StateTooLargeException">The thread has 256 labels.</exception>
    /// <exception cref="ThreadNotFoundException">There is no such thread, or it was deleted.</exception>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped.</exception>
    public ValueTask<ThreadLabel> LabelAsync(string name, ThreadPoint point = default, LabelOptions? options = null, CancellationToken cancellationToken = default)
        => Labelling.SetAsync(_store, Key, name, point, options, cancellationToken);

    /// <summary>The labels of the thread, by version; none if there is no such thread.</summary>
    public ValueTask<IReadOnlyList<ThreadLabel>> LabelsAsync(CancellationToken cancellationToken = default) => Labelling.ListAsync(_store, Key, cancellationToken);

    /// <summary>Removes a label; the version that had it stays.</summary>
    /// <returns>Whether there was such a label.</returns>
    public ValueTask<bool> RemoveLabelAsync(string name, CancellationToken cancellationToken = default) => Labelling.RemoveAsync(_store, Key, name, cancellationToken);


    /// <summary>Tells what <see cref="TrimAsync"/> would do, and why no more; null if there is no such thread.</summary>
    /// <param name="policy">What stays.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ArgumentException">The policy is out of its range.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged. Nothing would be dropped.</exception>
    /// <exception cref="CommitConflictException">Others changed the thread again and again.</exception>
    public ValueTask<RetentionPlan?> PlanTrimAsync(RetentionPolicy policy, CancellationToken cancellationToken = default) => Trim(policy).RunAsync(isDryRun: true, cancellationToken);

    /// <summary>Drops for good what a policy does not keep: hides messages that are too many or too old, drops the oldest versions up to the first one that something needs, and empties those after it that nothing needs.</summary>
    /// <remarks>
    /// Nothing is dropped of a thread that is damaged. Others may write meanwhile. If it is cut off, running it again does the rest. What was dropped is told as <see cref="HistoryDroppedException"/> to whoever
    /// asks for it; <see cref="ThreadInfo.FirstVersion"/> is the oldest version that is left, and <see cref="VerifyAsync"/> verifies what stays.
    /// </remarks>
    /// <param name="policy">What stays.</param>
    /// <param name="cancellationToken">Ends it between two steps.</param>
    /// <returns>What was done; null if there is no such thread.</returns>
    /// <exception cref="ArgumentException">The policy is out of its range.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged. Nothing was dropped.</exception>
    /// <exception cref="CommitConflictException">Others changed the thread again and again.</exception>
    public ValueTask<RetentionPlan?> TrimAsync(RetentionPolicy policy, CancellationToken cancellationToken = default) => Trim(policy).RunAsync(isDryRun: false, cancellationToken);

    /// <summary>What <see cref="RedactAsync"/> would change; nothing is written. The plan says where, and never what.</summary>
    /// <param name="request">What is to go.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The plan; null if there is no such thread, or it has expired. A deleted thread is planned too.</returns>
    /// <exception cref="ArgumentException">The request names nothing, or its pattern is none; or the pattern took too long.</exception>
    /// <exception cref="ThreadAccessDeniedException">Through a user's view: threads that belong to others show this one, or are shown by it.</exception>
    /// <exception cref="CorruptStateException">A thread is damaged.</exception>
    public ValueTask<RedactionPlan?> PlanRedactionAsync(RedactionRequest request, CancellationToken cancellationToken = default)
        => new Redacting(_store, Key, request).PlanAsync(cancellationToken);

    /// <summary>Removes content from every stored version of the thread, of its forks, and of the threads that it was forked from.</summary>
    /// <remarks>
    /// <para>
    /// For each of these threads: a commit whose state no longer has the content, with a note of who did it, when and why; then the bodies that have it are replaced. Messages keep their place, role and calls; their text becomes
    /// <c>[redacted]</c>. The chain of the thread stays whole. It is over when a pass through all of them finds nothing.
    /// </para>
    /// <para>A run that is cut off is simply run again. Others may write meanwhile; what they write of the same content is found by the last pass, and what they write after it stays.</para>
    /// <para>What the backend keeps besides (write-ahead logs, backups, free pages) is its own: see the page about the time machine.</para>
    /// </remarks>
    /// <param name="request">What is to go.</param>
    /// <param name="cancellationToken">Stops between two steps. Run it again.</param>
    /// <returns>What was changed; null if there is no such thread, or it has expired. A deleted thread is redacted too.</returns>
    /// <exception cref="ArgumentException">The request names nothing, or its pattern is none; or the pattern took too long.</exception>
    /// <exception cref="ThreadAccessDeniedException">Through a user's view: threads that belong to others show this one, or are shown by it. Nothing was changed.</exception>
    /// <exception cref="CommitConflictException">Others wrote the content again, or changed a thread, at each attempt.</exception>
    /// <exception cref="CorruptStateException">A thread is damaged.</exception>
    /// <exception cref="StateTooLargeException">The state of a thread is too large for one commit.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. Run it again.</exception>
    public ValueTask<RedactionPlan?> RedactAsync(RedactionRequest request, CancellationToken cancellationToken = default)
        => new Redacting(_store, Key, request).RunAsync(cancellationToken);

    /// <summary>Replaces the older part of the conversation by a summary, if it has become too long. Earlier versions still have all of it.</summary>
    /// <param name="policy">When it is too long, what stays, and who makes the summary.</param>
    /// <param name="cancellationToken">Cancels it; then nothing is changed, unless the commit had been sent.</param>
    /// <returns>The commit; null if the conversation is not too long, has too few exchanges, or is not there.</returns>
    /// <exception cref="CommitConflictException">Others changed what is visible meanwhile.</exception>
    /// <exception cref="InvalidOperationException">The summary is empty.</exception>
    public ValueTask<CommitInfo?> CompactAsync(CompactionPolicy policy, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return CompactAsync(policy, new(), onlyOfNobody: false, cancellationToken);
    }

    private Trimming Trim(RetentionPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        policy.Validate();
        return new(_store, Key, _ => policy);
    }

    internal ValueTask<CommitInfo?> CompactAsync(CompactionPolicy policy, OpenOptions open, bool onlyOfNobody, CancellationToken cancellationToken)
    {
        policy.Validate();
        return Compactor.CompactAsync(_store, Key, policy, open, onlyOfNobody, cancellationToken);
    }

    /// <summary>Tells what is committed to the thread from now on, as it happens.</summary>
    /// <remarks>
    /// "Now" is when the enumeration first looks at the thread. To miss nothing between reading a thread and watching it, watch after the position that was read: <see cref="AgentState.Position"/>,
    /// <see cref="ThreadInfo.Position"/>. If there is no such thread yet, all that is committed to it is told.
    /// </remarks>
    /// <inheritdoc cref="WatchAsync(WatchOptions?, CancellationToken)"/>
    public IAsyncEnumerable<ThreadEvent> WatchAsync(CancellationToken cancellationToken = default) => WatchAsync(null, cancellationToken);

    /// <summary>Tells what is committed to the thread after a position, first what is there already, then as it happens.</summary>
    /// <param name="after">The position of the last event that was worked off, or of the state that was read; <see cref="ThreadPosition.Beginning"/> for everything.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <inheritdoc cref="WatchAsync(WatchOptions?, CancellationToken)"/>
    public IAsyncEnumerable<ThreadEvent> WatchAsync(ThreadPosition after, CancellationToken cancellationToken = default) => WatchAsync(new WatchOptions { After = after }, cancellationToken);

    /// <summary>Tells what is committed to the thread, as it happens.</summary>
    /// <remarks>
    /// <para>
    /// Each commit is told once, in the order of versions, without gaps; a stretch that was dropped by maintenance is one <see cref="VersionsDropped"/>. Whoever stores <see cref="ThreadEvent.Position"/> together
    /// with what was made of an event, and watches after it again, gets each commit exactly once, whatever happened in between.
    /// </para>
    /// <para>
    /// The enumeration ends by itself only after <see cref="ThreadEnded"/>. It reads as far ahead as one look takes, at most 128 commits and, beyond the first, 1 MiB; a slow reader holds no connection. A backend that
    /// fails is tried again for <see cref="WatchOptions.MaxOutage"/>. In a user's view, a thread of somebody else is one that is not there.
    /// </para>
    /// </remarks>
    /// <param name="options">Where it begins, and how it waits; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="UnknownPositionException">The thread, in the life of the position, never was there: the store was restored from a backup. A position of another life, or of another thread, is <see cref="ThreadEnded"/>.</exception>
    /// <exception cref="CorruptStateException">A commit is damaged; those before it were told.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed for too long. A watch after the last position misses nothing.</exception>
    [OverloadResolutionPriority(1)]
    public IAsyncEnumerable<ThreadEvent> WatchAsync(WatchOptions? options, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        return ThreadWatch.RunAsync(_store, Key, options, cancellationToken);
    }

    /// <summary>The decisions of the thread, newest first; none if there is no such thread, or it was deleted or has expired.</summary>
    /// <remarks>Streamed: the state is read, and then one commit at a time, as the decisions are enumerated.</remarks>
    /// <param name="point">The point as of which they are listed; by default the newest version.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped; or the version of a decision was, and the newer ones were listed.</exception>
    /// <exception cref="CorruptStateException">A commit is damaged; the decisions after it were listed.</exception>
    public IAsyncEnumerable<Decision> DecisionsAsync(ThreadPoint point = default, CancellationToken cancellationToken = default)
        => ThreadLoader.DecisionsAsync(_store, Key, new() { Point = point }, cancellationToken);

    /// <summary>The JSON value of a record (<see cref="ThreadSession.Records"/>) as of a point; null if there is none, or no such thread.</summary>
    /// <param name="name">The name of the record.</param>
    /// <param name="point">The point as of which it is read: a version, a time, a label, or commits back. The default is the newest version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">The point, or the version that has the record, was dropped.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    public ValueTask<JsonElement?> ReadRecordAsync(string name, ThreadPoint point = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ThreadLoader.RecordAsync(_store, Key, name, point, cancellationToken);
    }

    /// <summary>Hides the thread until <see cref="RestoreDeletedAsync"/> brings it back. This is a commit like any other.</summary>
    /// <returns>Whether there was such a thread.</returns>
    public ValueTask<bool> DeleteAsync(CancellationToken cancellationToken = default) => SetDeletedAsync(true, cancellationToken);

    /// <summary>Brings back the thread after it was deleted.</summary>
    /// <returns>Whether there was such a thread, and it was deleted.</returns>
    public ValueTask<bool> RestoreDeletedAsync(CancellationToken cancellationToken = default) => SetDeletedAsync(false, cancellationToken);

    /// <summary>Empties the thread with one commit, so that the next message starts a new conversation under the same id. A thread that was deleted comes back, empty.</summary>
    /// <remarks>
    /// Messages are hidden; variables, metadata, todos, goals, decisions, states of tools, records, other sections and the agent are removed; the status is idle. The owner stays, and so does an expiry that was set by
    /// hand. Earlier versions stay readable.
    /// </remarks>
    /// <param name="cancellationToken">Cancels the reset as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when there was nothing to empty, or no such thread.</returns>
    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the reset may yet be stored.</exception>
    public ValueTask<CommitInfo> ResetAsync(CancellationToken cancellationToken = default) => ChangeAsync(
        (session, _) =>
        {
            Empty(session);
            return default;
        },
        "reset",
        cancellationToken);

    /// <summary>Removes the thread with all its versions for good, deleted or not. Its children stay, unless the options say otherwise.</summary>
    /// <remarks>If it is cut off, call it again: what is left is found, also when the thread itself is gone. What a recovery that was cut off holds of the thread goes too.</remarks>
    /// <param name="options">What else is removed; null for nothing.</param>
    /// <param name="cancellationToken">Cancels the call before anything was removed; where children are removed too, between two threads.</param>
    /// <returns>Whether anything was removed.</returns>
    /// <exception cref="CorruptStateException">The head of the thread, or of a child, is damaged, and <see cref="EraseOptions.Force"/> is off.</exception>
    public ValueTask<bool> EraseAsync(EraseOptions? options = null, CancellationToken cancellationToken = default)
        => Family.EraseAsync(_store, Key, options ?? new(), cancellationToken);

    /// <summary>Begins another thread that goes on from a version of this one. Both are independent from there on; nothing is copied, so it costs the same for any length of the conversation.</summary>
    /// <remarks>
    /// <para>
    /// The fork has the messages, variables, metadata, todos, goals, decisions, states of tools, records and other sections of that version, its agent and status, and the keys of the turns that had ended. What happens in the
    /// world does not happen twice: turns, steps, questions, queued input and leases are not in the fork, and tool calls without a result are answered with a note that they were not made there. Labels
    /// stay with the thread that has the versions.
    /// </para>
    /// <para>
    /// The fork's first version is the one after that at which it was forked. What it shows of this thread stays readable through it, whatever becomes of this thread: while there are forks, an erased
    /// thread is kept out of sight with nothing but what they show.
    /// </para>
    /// <para>If the process stops in the middle, the fork is not there for anybody; the same call finishes it.</para>
    /// </remarks>
    /// <param name="id">The id of the fork, in the same tenant.</param>
    /// <param name="options">The point, and who owns the fork; null for the newest version and the same owner.</param>
    /// <param name="cancellationToken">Cancels the fork as long as it was not written.</param>
    /// <returns>The fork.</returns>
    /// <exception cref="ThreadExistsException">There is a thread with the id already.</exception>
    /// <exception cref="ThreadNotFoundException">There is no thread to fork, or it was deleted.</exception>
    /// <exception cref="ThreadExpiredException">The thread has expired.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped.</exception>
    /// <exception cref="ThreadAccessDeniedException">The fork would belong to somebody else than the user whose view of the store this is; or everything of its user is being erased.</exception>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. Repeat the call.</exception>
    public ValueTask<ThreadInfo> ForkAsync(ThreadId id, ForkOptions? options = null, CancellationToken cancellationToken = default)
        => new Forking(_store, Key, ThreadKey.Of(Key.Tenant, id), options ?? new()).RunAsync(cancellationToken);

    /// <summary>The threads that show a part of this one: its forks, and forks of those. <see cref="ThreadInfo.ForkedFrom"/> tells which is which.</summary>
    /// <remarks>They are known by this thread itself, without a search, and come in the order of the versions at which they begin. Those that were deleted or have expired are left out.</remarks>
    public IAsyncEnumerable<ThreadInfo> ForksAsync(CancellationToken cancellationToken = default) => ForkListing.ListAsync(_store, Key, cancellationToken);

    /// <summary>Merges this fork back into the thread that it was forked from, with one commit: what the fork has got since it was forked, or since it was merged last.</summary>
    /// <remarks>
    /// Messages and decisions of the fork come after those of the thread. Of variables, metadata, todos, goals, states of tools, records and other sections, what the fork has changed is changed in the thread, key by key;
    /// where the thread has changed the same key otherwise, <see cref="MergeOptions"/> say what holds. Agent, status, owner and labels of the thread stay. The fork stays as it is, and can go on.
    /// </remarks>
    /// <param name="options">What holds where both have changed the same key; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the merge as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when there is nothing new in the fork.</returns>
    /// <exception cref="MergeConflictException">Both have changed the same keys, and <see cref="ConflictPolicy.Fail"/> was asked for. Nothing was written.</exception>
    /// <exception cref="OpenCallsException">The fork, or the thread, has tool calls without results.</exception>
    /// <exception cref="ThreadNotFoundException">There is no such fork, or the thread that it was forked from is gone or was deleted.</exception>
    /// <exception cref="InvalidOperationException">The thread is no fork.</exception>
    /// <exception cref="HistoryDroppedException">What the fork began with was dropped.</exception>
    /// <exception cref="StateTooLargeException">What is merged is too large for one commit.</exception>
    public ValueTask<CommitInfo> MergeAsync(MergeOptions? options = null, CancellationToken cancellationToken = default) => new Merging(_store, Key, options ?? new()).RunAsync(cancellationToken);

    /// <summary>Sets how long the thread lives from now on. This is not a commit; the version stays.</summary>
    /// <remarks>If there is an <see cref="ExpiryPolicy"/>, the next commit applies it again.</remarks>
    /// <param name="time">How long; null for no expiry.</param>
    /// <param name="cancellationToken">Cancels the call before anything was changed.</param>
    /// <returns>Whether there is such a thread. One that has expired is not brought back.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive.</exception>
    public async ValueTask<bool> ExtendAsync(TimeSpan? time, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(time));
        if (await VisibleHeadAsync(cancellationToken).ConfigureAwait(false) is not { } head)
        {
            return false;
        }

        var now = await _store.NowAsync(cancellationToken).ConfigureAwait(false);
        var expiresAt = time is { } lifetime && lifetime < DateTimeOffset.MaxValue - now ? now + lifetime : (DateTimeOffset?)null;
        if (await _store.Calls.UpdateHeadAsync(new() { Key = Key, IfLife = head.Life, Expiry = new(expiresAt) }, cancellationToken).ConfigureAwait(false) is null)
        {
            return false;
        }

        StoreLog.Extended(_store.Logger, Key, Describe.Time(expiresAt) ?? "never");
        return true;
    }

    /// <summary>Checks everything that is stored for the thread: that no entry is missing or changed, that the chain of hashes is whole, and that the folded state agrees with the keyframes and the head.</summary>
    /// <remarks>Damage is reported, not thrown. Whatever can still be read is checked, even after a damaged commit or without a readable head.</remarks>
    /// <returns>What was found; null if there is no such thread. Deleted and expired threads are checked too.</returns>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask<VerificationReport?> VerifyAsync(CancellationToken cancellationToken = default) => ThreadCheck.VerifyAsync(_store, Key, cancellationToken);

    /// <summary>Recovers a damaged thread: brings what is damaged to safety, and lets the thread go on from its last good version.</summary>
    /// <remarks>
    /// <para>
    /// The last good version is the newest one that can be folded: from version 1 or from a keyframe, without a gap and without damage. Entries after it are lost. Where only older entries are damaged, the current
    /// state stays, and the versions before the keyframe that it is folded from are given up; messages of those are told as dropped. All that is taken out of the thread, good entries too, is written to
    /// <see cref="RecoverOptions.Quarantine"/> before anything is changed. What no entry says (the expiry, properties, pins) is kept if the head can be read.
    /// </para>
    /// <para>
    /// The thread keeps its life, and a commit with the tag <c>recovered</c> says what happened. A recovery that was cut off is finished by calling it again. Where the head cannot be read, nothing tells whether another
    /// process changes the thread at the same time: let no one use it.
    /// </para>
    /// </remarks>
    /// <param name="options">Where to write what is taken out, or that it is a dry run.</param>
    /// <param name="cancellationToken">Cancels the recovery before anything was changed.</param>
    /// <returns>What was done, or would be; null if there is no such thread. <see cref="RecoveryReport.IsNeeded"/> tells whether anything was wrong.</returns>
    /// <exception cref="ArgumentException">It is no dry run, and there is no quarantine.</exception>
    /// <exception cref="ThreadAccessDeniedException">This is the view of a user, and the head of the thread cannot be read, so that its owner is not known.</exception>
    /// <exception cref="CommitConflictException">Another thread was begun under the id while this one was recovered; the good entries are kept as a trunk, and everything else is in the quarantine.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed; call it again.</exception>
    public ValueTask<RecoveryReport?> RecoverAsync(RecoverOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new ThreadRecovery(_store, Key).RunAsync(options, cancellationToken);
    }

    /// <summary>Begins a turn: what is said is durable when it returns, and the thread is held until the turn ends. With a key that was used before, nothing is begun: the turn goes on, or gives what was recorded.</summary>
    /// <param name="messages">What is said; none for a task that begins without a message.</param>
    /// <param name="options">How it is begun; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the wait for the thread.</param>
    /// <exception cref="TurnBusyException">Another turn runs, and <see cref="WhenBusy.Reject"/> was asked for.</exception>
    /// <exception cref="TurnQueueFullException">Too many turns wait for the thread.</exception>
    /// <exception cref="OpenCallsException">There are tool calls without results, and <see cref="Repair.Report"/> was asked for.</exception>
    /// <exception cref="InvalidStateValueException">A message cannot be stored.</exception>
    public ValueTask<Turn> BeginTurnAsync(IEnumerable<ChatMessage> messages, TurnOptions? options = null, CancellationToken cancellationToken = default)
        => TurnStart.BeginAsync(_store, Key, messages, options, cancellationToken);

    /// <inheritdoc cref="BeginTurnAsync(IEnumerable{ChatMessage}, TurnOptions?, CancellationToken)"/>
    /// <param name="text">What the user says.</param>
    /// <param name="options">How it is begun; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the wait for the thread.</param>
    public ValueTask<Turn> BeginTurnAsync(string text, TurnOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return BeginTurnAsync([new ChatMessage(ChatRole.User, text)], options, cancellationToken);
    }

    /// <summary>Stores a turn that is not run here: a worker runs it. With a key that was used before, nothing is stored.</summary>
    /// <inheritdoc cref="BeginTurnAsync(IEnumerable{ChatMessage}, TurnOptions?, CancellationToken)"/>
    public ValueTask<TurnInfo> SubmitTurnAsync(IEnumerable<ChatMessage> messages, TurnOptions? options = null, CancellationToken cancellationToken = default)
        => TurnQueue.SubmitAsync(_store, Key, messages, options, cancellationToken);

    /// <summary>Waits until a turn has ended, is interrupted or sleeps.</summary>
    /// <exception cref="TurnEndedException">There is no such turn any more.</exception>
    public ValueTask<TurnInfo> WaitForTurnAsync(TurnId turn, CancellationToken cancellationToken = default) => TurnControl.WaitAsync(_store, Key, turn, cancellationToken);

    /// <summary>Asks whoever runs a turn to stop; one that nobody runs is ended.</summary>
    /// <returns>Whether the turn had not ended.</returns>
    public ValueTask<bool> CancelTurnAsync(TurnId turn, string? reason = null, CancellationToken cancellationToken = default)
        => TurnControl.CancelAsync(_store, Key, turn, reason, cancellationToken);

    /// <summary>The turns of the thread: those that have not ended, then the others, newest first.</summary>
    public IAsyncEnumerable<TurnInfo> TurnsAsync(CancellationToken cancellationToken = default) => TurnControl.ListAsync(_store, Key, cancellationToken);

    /// <summary>The steps of a turn, in the order in which they began; none if there is no such turn.</summary>
    public ValueTask<IReadOnlyList<StepInfo>> StepsAsync(TurnId turn, CancellationToken cancellationToken = default) => TurnControl.StepsAsync(_store, Key, turn, cancellationToken);

    /// <summary>Holds the thread for work without a turn, if nobody holds it. A turn takes the lease of its thread by itself.</summary>
    /// <remarks>A holder that died on this machine is taken over at once. Of any other, this process has to see itself that it gives no sign of life for as long as its lease lasts: call again until then, or use <see cref="AcquireAsync"/>.</remarks>
    /// <param name="options">How long the lease lasts; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the call before anything was stored.</param>
    /// <returns>The lease; null if the thread is held.</returns>
    public ValueTask<ThreadLease?> TryAcquireAsync(LeaseOptions? options = null, CancellationToken cancellationToken = default)
        => LeaseTaking.TryAcquireAsync(_store, Key, options, cancellationToken);

    /// <summary>Waits until nobody holds the thread, and holds it for work without a turn.</summary>
    /// <inheritdoc cref="TryAcquireAsync"/>
    /// <param name="options">How long the lease lasts; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The lease.</returns>
    public ValueTask<ThreadLease> AcquireAsync(LeaseOptions? options = null, CancellationToken cancellationToken = default)
        => LeaseTaking.AcquireAsync(_store, Key, options, cancellationToken);

    /// <summary>The id of the thread.</summary>
    public override string ToString() => Key.ToString();

    private async ValueTask<ThreadHead?> VisibleHeadAsync(CancellationToken cancellationToken)
        => await _store.Calls.GetHeadAsync(Key, cancellationToken).ConfigureAwait(false) is { } head
            && await _store.IsVisibleAsync(head, cancellationToken).ConfigureAwait(false) ? head : null;

    private async ValueTask<bool> SetDeletedAsync(bool deleted, CancellationToken cancellationToken)
    {
        var head = await _store.Calls.GetHeadAsync(Key, cancellationToken).ConfigureAwait(false);
        if (head is null || head.DeletedAt is not null == deleted || head.IsExpired(await _store.NowAsync(cancellationToken).ConfigureAwait(false)))
        {
            return false;
        }

        var commit = await ChangeAsync(
            async (session, token) =>
            {
                if (session.Version > 0 && session.State.IsDeleted != deleted)
                {
                    session.SetDeleted(deleted);
                    await TurnControl.TakeUnreadAsync(session, token).ConfigureAwait(false);
                    TurnControl.CloseAll(session, "the thread was deleted");
                }
            },
            deleted ? "deleted" : "restored",
            cancellationToken).ConfigureAwait(false);
        if (commit.IsEmpty)
        {
            return false;
        }

        if (deleted)
        {
            StoreLog.Deleted(_store.Logger, Key, commit.Version);
        }
        else
        {
            StoreLog.RestoredDeleted(_store.Logger, Key, commit.Version);
        }

        return true;
    }

    private ValueTask<CommitInfo> ChangeAsync(Func<SessionState, CancellationToken, ValueTask> change, string reason, CancellationToken cancellationToken)
        => Updater.UpdateAsync(
            _store,
            Key,
            token => SessionOpener.OpenAsync(_store, Key, new() { LoadUser = false }, allowDeleted: true, token),
            (session, token) => change(session.State, token),
            new CommitOptions { Reason = reason },
            cancellationToken);

    private static void Empty(SessionState session)
    {
        if (session.Version == 0)
        {
            return;
        }

        TurnControl.CloseAll(session, "the thread was reset");

        // What was answered once is answered in the same way ever after, and names of versions stay with them.
        foreach (var (section, values) in session.State.Sections.Where(section => section.Key is not (TurnSections.Keys or SectionNames.Labels) && !Parentage.Has(section.Key)).ToList())
        {
            foreach (var key in values.Keys.ToList())
            {
                session.Remove(section, key);
            }
        }

        session.TakeAgent(null);
        session.TakeStatus(ThreadStatus.Idle);
        if (session.History.Count > 0)
        {
            session.History.Clear();
        }

        if (session.State.IsDeleted)
        {
            session.SetDeleted(false);
        }
    }
}
