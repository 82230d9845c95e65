namespace Holdfast.Testing;

/// <summary>The calls of a log into which faults can be put.</summary>
[Flags]
public enum LogCall
{
    /// <summary>No call.</summary>
    None = 0,

    /// <summary><see cref="Logs.ICommitLog.AppendAsync"/>.</summary>
    Append = 1,

    /// <summary><see cref="Logs.ICommitLog.ReadTailAsync"/>.</summary>
    ReadTail = 2,

    /// <summary>Each enumeration of <see cref="Logs.ICommitLog.ReadAsync"/>.</summary>
    Read = 4,

    /// <summary><see cref="Logs.ICommitLog.GetHeadAsync"/>.</summary>
    GetHead = 8,

    /// <summary><see cref="Logs.ICommitLog.ListAsync"/>.</summary>
    List = 16,

    /// <summary><see cref="Logs.ICommitLog.UpdateHeadAsync"/>.</summary>
    UpdateHead = 32,

    /// <summary><see cref="Logs.ICommitLog.RewriteAsync"/>.</summary>
    Rewrite = 64,

    /// <summary><see cref="Logs.ICommitLog.EraseAsync"/>.</summary>
    Erase = 128,

    /// <summary>Every call that only reads.</summary>
    AnyRead = ReadTail | Read | GetHead | List,

    /// <summary>Every call that writes.</summary>
    AnyWrite = Append | UpdateHead | Rewrite | Erase,

    /// <summary>Every call.</summary>
    Any = AnyRead | AnyWrite,
}
