namespace Holdfast.Logs;

/// <summary>What tells one state of a thread's file from another: where its last whole line ends, and that line's checksum.</summary>
/// <remarks>
/// Every change leaves another one: an append makes the file longer, a rewritten file ends with a mark that is unique, and a thread that was
/// begun anew has commit ids of its own. So nothing that was cached need be believed without looking at the file.
/// </remarks>
internal readonly record struct FileStamp(long Length, uint Checksum);
