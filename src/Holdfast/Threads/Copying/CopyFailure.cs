using Holdfast.Logs;

namespace Holdfast;

/// <summary>A thread that could not be copied. The others were.</summary>
/// <param name="Key">The thread.</param>
/// <param name="Error">
/// Why: a <see cref="CommitConflictException"/> when the target has another thread with this id, a <see cref="CorruptStateException"/> when the thread is damaged,
/// a <see cref="HistoryDroppedException"/> when the source has dropped versions that the target does not have yet, or that a fork shows,
/// a <see cref="StateTooLargeException"/> when the target cannot hold a commit of it.
/// </param>
public sealed record CopyFailure(ThreadKey Key, AgentStateException Error);
