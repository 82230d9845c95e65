using System.Globalization;
using System.Text.Json;
using Holdfast;
using Microsoft.Agents.AI.Workflows.Checkpointing;

namespace Microsoft.Agents.AI.Workflows;

/// <summary>Checkpoints of workflows as versions of a thread: each is one commit, and holds only what changed since the one before.</summary>
/// <remarks>
/// <para>
/// A session of a workflow is a thread; the id of a checkpoint is a version of it, and its commit has the tags <c>checkpoint</c> and, if there is a parent, <c>parent:ID</c>. Checkpoints are compared by parts: by the state of
/// each executor, each queue, and so on. <c>CheckpointManager.CreateJson(new HoldfastCheckpointStore(store))</c> makes the manager.
/// </para>
/// <para>Thread safe, also across processes. Checkpoints stay as long as the versions of the thread do.</para>
/// </remarks>
/// <param name="store">Where the threads are.</param>
/// <param name="threadOf">Finds the thread of a session id; null for <c>workflow/ID</c>. It may be the thread of a conversation.</param>
public sealed class HoldfastCheckpointStore(AgentStateStore store, Func<string, ThreadId>? threadOf = null) : JsonCheckpointStore
{
    private const string Section = "agent-framework-workflow";
    private const string Tag = "checkpoint";

    private readonly AgentStateStore _store = store ?? throw new ArgumentNullException(nameof(store));

    /// <inheritdoc/>
    public override async ValueTask<CheckpointInfo> CreateCheckpointAsync(string sessionId, JsonElement value, CheckpointInfo? parent = null)
    {
        var thread = ThreadOf(sessionId);
        var parts = CheckpointParts.Of(value);
        string[] tags = parent is null ? [Tag] : [Tag, TagOf(parent)];
        for (var attempt = 1; ; attempt++)
        {
            var session = await _store.OpenAsync(thread, new() { RebaseOnConflict = true, LoadUser = false }).ConfigureAwait(false);
            session.Section(Section).Assign(parts);
            try
            {
                var commit = await session.CommitAsync(new() { Reason = "checkpoint", Tags = tags, AllowEmpty = true }).ConfigureAwait(false);
                return new(sessionId, commit.Version.ToString(CultureInfo.InvariantCulture));
            }
            catch (CommitConflictException) when (attempt < 10)
            {
                // Another run of the same session made a checkpoint meanwhile: both are kept.
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="KeyNotFoundException">There is no such checkpoint.</exception>
    /// <exception cref="HistoryDroppedException">The version was dropped.</exception>
    public override async ValueTask<JsonElement> RetrieveCheckpointAsync(string sessionId, CheckpointInfo key)
    {
        ArgumentNullException.ThrowIfNull(key);
        AgentState? state = null;
        if (long.TryParse(key.CheckpointId, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0)
        {
            try
            {
                state = await _store.LoadAsync(ThreadOf(sessionId), new LoadOptions { Point = version, LastMessages = 0, Sections = [Section] }).ConfigureAwait(false);
            }
            catch (PointNotFoundException)
            {
                // The framework knows another error for it.
            }
        }

        return state?.OtherSections.GetValueOrDefault(Section) is { } parts
            ? CheckpointParts.Join(parts)
            : throw new KeyNotFoundException($"There is no checkpoint '{key.CheckpointId}' of the session '{sessionId}'.");
    }

    /// <inheritdoc/>
    public override async ValueTask<IEnumerable<CheckpointInfo>> RetrieveIndexAsync(string sessionId, CheckpointInfo? withParent = null)
        => await _store.Thread(ThreadOf(sessionId)).LogAsync(new() { Ascending = true, Tag = withParent is null ? Tag : TagOf(withParent) })
            .Select(commit => new CheckpointInfo(sessionId, commit.Version.ToString(CultureInfo.InvariantCulture))).ToListAsync().ConfigureAwait(false);

    private static string TagOf(CheckpointInfo parent) => $"parent:{parent.CheckpointId}";

    private ThreadId ThreadOf(string sessionId)
    {
        ArgumentException.ThrowIfNullOrEmpty(sessionId);
        return threadOf?.Invoke(sessionId) ?? ThreadId.Of("workflow", sessionId);
    }
}
