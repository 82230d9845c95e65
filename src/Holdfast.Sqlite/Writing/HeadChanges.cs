namespace Holdfast.Sqlite.Writing;

/// <summary>The columns of a head that an append changes beside those that every append changes.</summary>
/// <remarks>Only what changed is written, because writing a column writes every index that has it.</remarks>
[Flags]
internal enum HeadChanges
{
    None = 0,
    User = 1,
    Agent = 2,
    Status = 4,
    Metadata = 8,
    Created = 16,
    Expiry = 32,
    Deletion = 64,
    Terms = 128,
    Due = 256,

    /// <summary>Those that are also in the table of terms.</summary>
    Indexed = Metadata | Terms,
}
