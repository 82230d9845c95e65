namespace Holdfast;

/// <summary>The stable codes of the errors, as listed in <c>docs/errors.md</c>.</summary>
public static class ErrorCodes
{
    /// <summary>There is no such thread, or it was deleted.</summary>
    public const string ThreadNotFound = "thread-not-found";

    /// <summary>The thread has expired.</summary>
    public const string ThreadExpired = "thread-expired";

    /// <summary>The thread belongs to another user.</summary>
    public const string AccessDenied = "access-denied";

    /// <summary>The thread was changed by someone else meanwhile.</summary>
    public const string CommitConflict = "commit-conflict";

    /// <summary>The thread's part of a commit is stored, the user's variables are not.</summary>
    public const string PartialCommit = "partial-commit";

    /// <summary>What was asked for was dropped from the thread on purpose.</summary>
    public const string HistoryDropped = "history-dropped";

    /// <summary>Stored data is damaged.</summary>
    public const string CorruptState = "corrupt-state";

    /// <summary>Stored data has a newer format than this version of the library knows.</summary>
    public const string UnknownFormat = "unknown-format";

    /// <summary>A commit, key or value is larger than allowed.</summary>
    public const string TooLarge = "too-large";

    /// <summary>A value cannot be stored as JSON, or cannot be read as the type that was asked for.</summary>
    public const string InvalidValue = "invalid-value";

    /// <summary>An id is empty, too long or has characters that are not allowed.</summary>
    public const string InvalidIdentifier = "invalid-identifier";

    /// <summary>A status may not follow the current one.</summary>
    public const string InvalidTransition = "invalid-transition";

    /// <summary>The backend could not be reached, refused the call, or did not answer in time.</summary>
    public const string StoreUnavailable = "store-unavailable";

    /// <summary>A setting is missing or out of its range.</summary>
    public const string InvalidConfiguration = "invalid-configuration";
}
