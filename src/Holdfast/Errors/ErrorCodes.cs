namespace Holdfast;

/// <summary>The stable codes of the errors, as listed in <c>docs/errors.md</c>.</summary>
public static class ErrorCodes
{
    /// <summary>There is no such thread, or it was deleted.</summary>
    public const string ThreadNotFound = "thread-not-found";

    /// <summary>The thread has expired.</summary>
    public const string ThreadExpired = "thread-expired";

    /// <summary>There is a thread with the id already.</summary>
    public const string ThreadExists = "thread-exists";

    /// <summary>The thread belongs to another user.</summary>
    public const string AccessDenied = "access-denied";

    /// <summary>The thread was changed by someone else meanwhile.</summary>
    public const string CommitConflict = "commit-conflict";

    /// <summary>The thread's part of a commit is stored, the user's variables are not.</summary>
    public const string PartialCommit = "partial-commit";

    /// <summary>What was asked for was dropped from the thread on purpose.</summary>
    public const string HistoryDropped = "history-dropped";

    /// <summary>A position is of no version that the thread has.</summary>
    public const string UnknownPosition = "unknown-position";

    /// <summary>The thread does not have the version, time or label that was asked for.</summary>
    public const string PointNotFound = "point-not-found";

    /// <summary>Two sides changed the same keys, each in its own way.</summary>
    public const string MergeConflict = "merge-conflict";

    /// <summary>Another version of the thread has the label.</summary>
    public const string LabelExists = "label-exists";

    /// <summary>Stored data is damaged.</summary>
    public const string CorruptState = "corrupt-state";

    /// <summary>A bundle is damaged, cut off, or no bundle.</summary>
    public const string InvalidBundle = "invalid-bundle";

    /// <summary>Stored data has a newer format than this version of the library knows.</summary>
    public const string UnknownFormat = "unknown-format";

    /// <summary>A newer build of the application wrote the state of the thread.</summary>
    public const string NewerSchema = "newer-schema";

    /// <summary>The state of the thread cannot be migrated.</summary>
    public const string MigrationFailed = "migration-failed";

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

    /// <summary>Another turn runs on the thread.</summary>
    public const string TurnBusy = "turn-busy";

    /// <summary>Too many turns wait for the thread.</summary>
    public const string TurnQueueFull = "turn-queue-full";

    /// <summary>The turn waits for people or for a time.</summary>
    public const string TurnSuspended = "turn-suspended";

    /// <summary>The turn has ended.</summary>
    public const string TurnEnded = "turn-ended";

    /// <summary>A turn has had as many replies of a model as it may.</summary>
    public const string ReplyLimit = "reply-limit";

    /// <summary>Another runner holds the thread now.</summary>
    public const string LeaseLost = "lease-lost";

    /// <summary>The thread has tool calls without results.</summary>
    public const string OpenCalls = "open-calls";

    /// <summary>A step failed for good.</summary>
    public const string StepFailed = "step-failed";

    /// <summary>It is not known whether a step took effect.</summary>
    public const string StepUnknown = "step-unknown";

    /// <summary>A step is resumed with another input.</summary>
    public const string StepChanged = "step-changed";

    /// <summary>There is no such interrupt.</summary>
    public const string InterruptNotFound = "interrupt-not-found";

    /// <summary>The interrupt was answered, has expired or was withdrawn.</summary>
    public const string InterruptClosed = "interrupt-closed";

    /// <summary>The interrupt cannot be answered in this way.</summary>
    public const string AnswerNotAllowed = "answer-not-allowed";

    /// <summary>A call differs from what was approved.</summary>
    public const string ApprovalMismatch = "approval-mismatch";

    /// <summary>A setting is missing or out of its range.</summary>
    public const string InvalidConfiguration = "invalid-configuration";
}
