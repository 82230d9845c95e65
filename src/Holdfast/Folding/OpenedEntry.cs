using Holdfast.Logs;

namespace Holdfast;

/// <summary>An entry that was checked, with what its body says.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Body">Its body.</param>
/// <param name="PlainBytes">How many bytes the JSON text of the body has.</param>
internal readonly record struct OpenedEntry(LogEntry Entry, CommitBody Body, int PlainBytes)
{
    public long Version => Entry.Version;
}
