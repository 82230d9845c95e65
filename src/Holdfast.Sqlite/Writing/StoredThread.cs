using Holdfast.Logs;

namespace Holdfast.Sqlite.Writing;

/// <summary>A thread as the writer knows it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Head">Its head.</param>
/// <param name="MetadataHash">The <see cref="Rows.RowHash"/> of its metadata as it is stored.</param>
internal readonly record struct StoredThread(long Number, ThreadHead Head, long MetadataHash);
