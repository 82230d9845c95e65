namespace Holdfast.Cli;

/// <summary>What the tool's exit codes mean; they are listed in <c>docs/cli.md</c> and do not change.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>A check found something wrong, or something failed that has no code of its own.</summary>
    public const int Failed = 1;

    /// <summary>The command line, the input, an id, a value, a setting or the assembly of an application cannot be used.</summary>
    public const int Usage = 2;

    /// <summary>There is no such thread, turn or interrupt: it never was, was deleted or has expired.</summary>
    public const int NotFound = 3;

    /// <summary>Someone else was faster: they changed the thread, answered the interrupt or took the turn over; or its status forbids the change.</summary>
    public const int Conflict = 4;

    /// <summary>The store could not be reached, refused, or did not answer in time.</summary>
    public const int StoreUnavailable = 5;

    /// <summary>The thread belongs to another user.</summary>
    public const int AccessDenied = 6;

    /// <summary>Stored data is damaged, or of a newer format.</summary>
    public const int Unreadable = 7;

    /// <summary>The model did not answer.</summary>
    public const int ModelFailed = 8;

    /// <summary>A signal ended the tool: this plus the number of the signal.</summary>
    public const int Signal = 128;

    /// <summary>Nobody reads the output any more: what a program has that is ended by SIGPIPE.</summary>
    public const int OutputClosed = Signal + 13;
}
