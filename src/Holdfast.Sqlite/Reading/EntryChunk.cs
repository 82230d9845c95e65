using Holdfast.Logs;

namespace Holdfast.Sqlite.Reading;

/// <summary>A piece of what a reading returns.</summary>
/// <param name="Number">The number of the thread, by which the next piece is found.</param>
/// <param name="Entries">The entries.</param>
/// <param name="IsLast">Whether nothing comes after them.</param>
/// <param name="Damage">What is wrong after them; null if nothing is.</param>
internal sealed record EntryChunk(long Number, IReadOnlyList<LogEntry> Entries, bool IsLast, AgentStateException? Damage);
