namespace Holdfast;

/// <summary>A record of a list, as it was read.</summary>
/// <param name="Place">Where it stands, and the how-manieth of its list it is.</param>
/// <param name="Record">The record.</param>
/// <param name="Commit">The commit that has it.</param>
internal readonly record struct ListedRecord(RecordListEnd Place, StoredRecord Record, CommitBody Commit);
