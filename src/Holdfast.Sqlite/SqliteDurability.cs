namespace Holdfast.Sqlite;

/// <summary>What an acknowledged append survives.</summary>
public enum SqliteDurability
{
    /// <summary>A crash of the process, of the operating system, and loss of power: every append waits until the disk has it.</summary>
    Full,

    /// <summary>
    /// A crash of the process. A crash of the operating system or loss of power may take the newest appends away, but never damages the file.
    /// </summary>
    Normal,
}
