using Holdfast.Logs;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Reading;

/// <summary>What can be read of a thread, which may be damaged.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Life">Its life, as its row says.</param>
/// <param name="Head">Its head; null if that cannot be read.</param>
/// <param name="Recent">Its recent entries, by version.</param>
/// <param name="Damage">Why the head cannot be read; null if it can.</param>
/// <param name="Unplaced">What is wrong with a recent entry that may be of this thread; null if there is none.</param>
internal sealed record ReadableThread(long Number, CommitId? Life, ThreadHead? Head, List<RecentEntry> Recent, AgentStateException? Damage, CorruptStateException? Unplaced);
