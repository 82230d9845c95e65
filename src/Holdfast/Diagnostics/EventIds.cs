namespace Holdfast;

/// <summary>The event ids of what Holdfast logs, for filters and alerts: a store has 1–99, the file log 100–199; each backend has a hundred of its own.</summary>
public static class EventIds
{
    /// <summary>A commit found the thread at another version. Debug.</summary>
    public const int Conflict = 1;

    /// <summary>A thread was erased. Information.</summary>
    public const int Erased = 2;

    /// <summary>A clean-up ran. Information.</summary>
    public const int CleanedUp = 3;

    /// <summary>A clean-up failed; it is tried again. Error.</summary>
    public const int CleanupFailed = 4;

    /// <summary>A streamed reply ended early; what had arrived was kept. Warning.</summary>
    public const int PartialTurn = 5;

    /// <summary>A call to a log on the network failed and is repeated. Warning.</summary>
    public const int Retrying = 6;

    /// <summary>The log refused a commit that carries the folded state as too large; it is committed without. Warning.</summary>
    public const int KeyframeTooLarge = 7;

    /// <summary>A user was erased. Information.</summary>
    public const int UserErased = 8;

    /// <summary>A thread was brought back to an earlier version. Debug.</summary>
    public const int Restored = 9;

    /// <summary>A thread was opened. Debug.</summary>
    public const int Opened = 10;

    /// <summary>A commit is stored. Debug.</summary>
    public const int Committed = 11;

    /// <summary>A thread was loaded. Debug.</summary>
    public const int Loaded = 12;

    /// <summary>A page of threads was listed. Debug.</summary>
    public const int Listed = 13;

    /// <summary>The log of commits of a thread was read. Debug.</summary>
    public const int LogRead = 14;

    /// <summary>A thread was deleted; it can be restored. Debug.</summary>
    public const int Deleted = 15;

    /// <summary>A deleted thread was restored. Debug.</summary>
    public const int RestoredDeleted = 16;

    /// <summary>A thread was given another time to expire. Debug.</summary>
    public const int Extended = 17;

    /// <summary>The changes of a session were moved onto newer commits of others. Debug.</summary>
    public const int Rebased = 18;

    /// <summary>A thread was verified. Debug.</summary>
    public const int Verified = 19;

    /// <summary>Threads were copied to another store. Debug.</summary>
    public const int Copied = 20;

    /// <summary>Threads were exported to a bundle. Debug.</summary>
    public const int Exported = 21;

    /// <summary>Threads were imported from a bundle. Debug.</summary>
    public const int Imported = 22;

    /// <summary>A whole store was verified. Debug.</summary>
    public const int StoreVerified = 23;

    /// <summary>The summary of a conversation that is too long could not be made. Warning.</summary>
    public const int CompactionFailed = 24;

    /// <summary>A damaged thread was recovered. Warning.</summary>
    public const int Recovered = 25;

    /// <summary>The state of threads was migrated. Information.</summary>
    public const int Migrated = 26;

    /// <summary>Old versions of a thread were dropped. Information.</summary>
    public const int Trimmed = 27;

    /// <summary>A thread could not be trimmed. Warning.</summary>
    public const int TrimFailed = 28;

    /// <summary>Content was taken out of stored versions of a thread. Information.</summary>
    public const int Redacted = 55;

    /// <summary>Threads were moved to an archive. Information.</summary>
    public const int Archived = 29;

    /// <summary>A worker runs a turn. Debug.</summary>
    public const int TurnTaken = 30;

    /// <summary>A turn that a worker ran has ended, or waits. Debug.</summary>
    public const int TurnLeft = 31;

    /// <summary>The handler of a turn failed. Warning.</summary>
    public const int TurnFailed = 32;

    /// <summary>A worker that stops handed a turn back. Information.</summary>
    public const int TurnHandedBack = 33;

    /// <summary>A worker lost the lease of a thread. Warning.</summary>
    public const int TurnLost = 34;

    /// <summary>A worker cannot run what is due in a thread. Warning.</summary>
    public const int TurnNotRun = 35;

    /// <summary>A worker could not look for threads that are due; it tries again. Error.</summary>
    public const int WorkerFailed = 36;

    /// <summary>Handlers did not stop in time when their worker stopped. Warning.</summary>
    public const int WorkerStoppedLate = 37;

    /// <summary>The turn of an agent that nobody waits for any more could not be cancelled. Warning.</summary>
    public const int ChildNotCancelled = 38;

    /// <summary>A thread was forked. Debug.</summary>
    public const int Forked = 40;

    /// <summary>A fork was merged back. Debug.</summary>
    public const int Merged = 41;

    /// <summary>A clean-up looked after what forks show. Information.</summary>
    public const int ForksChecked = 42;

    /// <summary>A fork shows versions of a thread that is gone. Warning.</summary>
    public const int OriginLost = 43;

    /// <summary>A thread could not be moved to the archive by the clean-up of the host. Warning.</summary>
    public const int NotArchived = 44;

    /// <summary>A clean-up could not look after a thread; it went on with the others. Warning.</summary>
    public const int NotCleanedUp = 45;

    /// <summary>The erasure of a user left a damaged thread, which may be one of the user. Warning.</summary>
    public const int UserNotErased = 46;

    /// <summary>A watch cannot reach the backend; it tries again. Warning.</summary>
    public const int FeedInterrupted = 50;

    /// <summary>A watch reaches the backend again. Information.</summary>
    public const int FeedResumed = 51;

    /// <summary>Something about how a store is set up is likely not meant; its code says what. Warning.</summary>
    public const int AdviceFound = 60;

    /// <summary>A file log cannot read the file of a thread and leaves the thread out of listings. Warning.</summary>
    public const int FileLeftOut = 100;

    /// <summary>A file log cut off what a crash had left at the end of a file. Warning.</summary>
    public const int FileCutOff = 101;
}
