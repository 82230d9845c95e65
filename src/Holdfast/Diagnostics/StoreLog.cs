using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>What a store logs. Never the content of messages or values.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(EventIds.Conflict, LogLevel.Debug, "Thread {Thread} was expected at version {Expected} and is at {Actual}.")]
    public static partial void Conflict(ILogger logger, ThreadKey thread, long expected, long actual);

    [LoggerMessage(EventIds.Erased, LogLevel.Information, "Thread {Thread} was erased.")]
    public static partial void Erased(ILogger logger, ThreadKey thread);

    [LoggerMessage(EventIds.CleanedUp, LogLevel.Information, "Clean-up removed {Expired} expired and {Old} old threads.")]
    public static partial void CleanedUp(ILogger logger, long expired, long old);

    [LoggerMessage(EventIds.NotCleanedUp, LogLevel.Warning, "Clean-up could not look after thread {Thread}. The others were.")]
    public static partial void NotCleanedUp(ILogger logger, ThreadKey thread, Exception exception);

    [LoggerMessage(EventIds.CleanupFailed, LogLevel.Error, "Clean-up failed; it is tried again in {Interval}.")]
    public static partial void CleanupFailed(ILogger logger, TimeSpan interval, Exception exception);

    [LoggerMessage(EventIds.PartialTurn, LogLevel.Warning, "A turn of thread {Thread} ended early; {Count} messages that had arrived were kept, marked as partial.")]
    public static partial void PartialTurn(ILogger logger, ThreadKey thread, int count);

    [LoggerMessage(EventIds.Retrying, LogLevel.Warning, "A call to {Log} failed: {Error} Repetition {Attempt} of at most {MaxRetries} follows in {Delay}.")]
    public static partial void Retrying(ILogger logger, string log, string error, int attempt, int maxRetries, TimeSpan delay);

    [LoggerMessage(EventIds.KeyframeTooLarge, LogLevel.Warning, "The log refused version {Version} of thread {Thread} with its keyframe (a state of {Bytes} bytes); it is committed without one. Loads take longer until the state is smaller.")]
    public static partial void KeyframeTooLarge(ILogger logger, ThreadKey thread, long version, long bytes);

    [LoggerMessage(EventIds.UserErased, LogLevel.Information, "User {User} was erased: {Threads} threads, {Forks} forks of them, {Trunks} threads that had been kept for forks.")]
    public static partial void UserErased(ILogger logger, string user, long threads, long forks, long trunks);

    [LoggerMessage(EventIds.UserNotErased, LogLevel.Warning, "Thread {Thread} is damaged, and may be of user {User}, who is erased: it was left. Recover it, and erase the user again.")]
    public static partial void UserNotErased(ILogger logger, string user, ThreadKey thread, Exception exception);

    [LoggerMessage(EventIds.Trimmed, LogLevel.Information, "Retention dropped the {Dropped} oldest versions of thread {Thread}, and emptied {Emptied} others; its oldest version is {First} now.")]
    public static partial void Trimmed(ILogger logger, ThreadKey thread, long dropped, long emptied, long first);

    [LoggerMessage(EventIds.Redacted, LogLevel.Information, "Content was taken out of {Versions} versions of thread {Thread}, {From} to {To}.")]
    public static partial void Redacted(ILogger logger, ThreadKey thread, long versions, long from, long to);

    [LoggerMessage(EventIds.TrimFailed, LogLevel.Warning, "Thread {Thread} could not be trimmed; nothing of it was lost. The next run tries again.")]
    public static partial void TrimFailed(ILogger logger, ThreadKey thread, Exception exception);

    [LoggerMessage(EventIds.CompactionFailed, LogLevel.Warning, "Thread {Thread} is too long, and its older messages could not be summarized. It goes on without a summary.")]
    public static partial void CompactionFailed(ILogger logger, ThreadKey thread, Exception exception);

    [LoggerMessage(EventIds.Opened, LogLevel.Debug, "Thread {Thread} was opened at version {Version} with {Messages} messages; reading took {Milliseconds:0.0##} ms.")]
    public static partial void Opened(ILogger logger, ThreadKey thread, long version, long messages, double milliseconds);

    [LoggerMessage(EventIds.Committed, LogLevel.Debug, "Version {Version} of thread {Thread} was committed with {Messages} new messages, {Bytes} bytes, keyframe: {IsKeyframe}; sending took {Milliseconds:0.0##} ms.")]
    public static partial void Committed(ILogger logger, ThreadKey thread, long version, int messages, long bytes, bool isKeyframe, double milliseconds);

    [LoggerMessage(EventIds.Loaded, LogLevel.Debug, "Thread {Thread} was loaded at version {Version} with {Messages} messages in {Milliseconds:0.0##} ms.")]
    public static partial void Loaded(ILogger logger, ThreadKey thread, long version, int messages, double milliseconds);

    [LoggerMessage(EventIds.Listed, LogLevel.Debug, "A page of {Threads} threads was listed in {Milliseconds:0.0##} ms.")]
    public static partial void Listed(ILogger logger, int threads, double milliseconds);

    [LoggerMessage(EventIds.LogRead, LogLevel.Debug, "{Commits} commits of thread {Thread} were read in {Milliseconds:0.0##} ms.")]
    public static partial void LogRead(ILogger logger, ThreadKey thread, long commits, double milliseconds);

    [LoggerMessage(EventIds.Deleted, LogLevel.Debug, "Thread {Thread} was deleted by version {Version}.")]
    public static partial void Deleted(ILogger logger, ThreadKey thread, long version);

    [LoggerMessage(EventIds.RestoredDeleted, LogLevel.Debug, "Thread {Thread}, which had been deleted, was restored by version {Version}.")]
    public static partial void RestoredDeleted(ILogger logger, ThreadKey thread, long version);

    [LoggerMessage(EventIds.Restored, LogLevel.Debug, "Thread {Thread} was brought back to version {Restored} by version {Version}.")]
    public static partial void Restored(ILogger logger, ThreadKey thread, long version, long restored);

    [LoggerMessage(EventIds.Extended, LogLevel.Debug, "Thread {Thread} was given another time to expire: {ExpiresAt}.")]
    public static partial void Extended(ILogger logger, ThreadKey thread, string expiresAt);

    [LoggerMessage(EventIds.Rebased, LogLevel.Debug, "The changes of a session to thread {Thread} were moved from version {From} onto version {To}.")]
    public static partial void Rebased(ILogger logger, ThreadKey thread, long from, long to);

    [LoggerMessage(EventIds.Verified, LogLevel.Debug, "Thread {Thread} was verified: {Entries} entries, {Problems} problems.")]
    public static partial void Verified(ILogger logger, ThreadKey thread, long entries, int problems);

    [LoggerMessage(EventIds.Copied, LogLevel.Debug, "{Copied} threads were copied with {Commits} commits, {Unchanged} were there already, {Failed} could not be copied; it took {Milliseconds:0} ms.")]
    public static partial void Copied(ILogger logger, long copied, long commits, long unchanged, int failed, double milliseconds);

    [LoggerMessage(EventIds.Exported, LogLevel.Debug, "{Threads} threads were exported with {Commits} commits as {Bytes} bytes, {Failed} could not be exported; it took {Milliseconds:0} ms.")]
    public static partial void Exported(ILogger logger, long threads, long commits, long bytes, int failed, double milliseconds);

    [LoggerMessage(EventIds.Imported, LogLevel.Debug, "{Imported} threads were imported with {Commits} commits, {Unchanged} were there already, {Skipped} were not whole in the bundle, {Failed} could not be imported; it took {Milliseconds:0} ms.")]
    public static partial void Imported(ILogger logger, long imported, long commits, long unchanged, long skipped, int failed, double milliseconds);

    [LoggerMessage(EventIds.StoreVerified, LogLevel.Debug, "{Threads} threads with {Entries} entries were verified, {Damaged} are damaged; it took {Milliseconds:0} ms.")]
    public static partial void StoreVerified(ILogger logger, long threads, long entries, int damaged, double milliseconds);

    [LoggerMessage(EventIds.Recovered, LogLevel.Warning, "Thread {Thread} was damaged in {Problems} places and was recovered: versions {From} to {To} stay, {Lost} after them are lost; what was taken out of it is in the quarantine.")]
    public static partial void Recovered(ILogger logger, ThreadKey thread, long from, long to, long lost, int problems);

    [LoggerMessage(EventIds.Migrated, LogLevel.Information, "The state of {Migrated} of {Threads} threads was migrated; {Failed} could not be.")]
    public static partial void Migrated(ILogger logger, long migrated, long threads, int failed);

    [LoggerMessage(EventIds.Forked, LogLevel.Debug, "Thread {Fork} was forked from version {Version} of thread {Thread}.")]
    public static partial void Forked(ILogger logger, ThreadKey thread, long version, ThreadKey fork);

    [LoggerMessage(EventIds.Merged, LogLevel.Debug, "Versions {From} to {To} of fork {Fork} were merged into thread {Thread} by version {Version}.")]
    public static partial void Merged(ILogger logger, ThreadKey thread, long version, ThreadKey fork, long from, long to);

    [LoggerMessage(EventIds.ForksChecked, LogLevel.Information, "Clean-up finished {Finished} forks, removed {Stale} pins and {Trunks} threads that no fork shows any more, and set {Missing} pins again.")]
    public static partial void ForksChecked(ILogger logger, long finished, long stale, long trunks, long missing);

    [LoggerMessage(EventIds.OriginLost, LogLevel.Warning, "Fork {Fork} shows versions {From} to {To} of thread {Thread}, which is gone: they cannot be read any more.")]
    public static partial void OriginLost(ILogger logger, ThreadKey fork, ThreadKey thread, long from, long to);

    [LoggerMessage(EventIds.Archived, LogLevel.Information, "{Archived} threads were moved to an archive, {Skipped} were changed meanwhile and stay, {Failed} could not be moved.")]
    public static partial void Archived(ILogger logger, long archived, long skipped, int failed);

    [LoggerMessage(EventIds.NotArchived, LogLevel.Warning, "Thread {Thread} could not be archived.")]
    public static partial void NotArchived(ILogger logger, ThreadKey thread, Exception exception);

    [LoggerMessage(EventIds.TurnTaken, LogLevel.Debug, "Turn {Turn} of thread {Thread} runs here, attempt {Attempt}.")]
    public static partial void TurnTaken(ILogger logger, ThreadKey thread, TurnId turn, int attempt);

    [LoggerMessage(EventIds.TurnLeft, LogLevel.Debug, "Turn {Turn} of thread {Thread} is {State}; it ran here for {Milliseconds:0.0##} ms.")]
    public static partial void TurnLeft(ILogger logger, ThreadKey thread, TurnId turn, string state, double milliseconds);

    [LoggerMessage(EventIds.TurnFailed, LogLevel.Warning, "The handler of turn {Turn} of thread {Thread} failed; the worker does not run it again.")]
    public static partial void TurnFailed(ILogger logger, ThreadKey thread, TurnId turn, Exception exception);

    [LoggerMessage(EventIds.TurnHandedBack, LogLevel.Information, "Turn {Turn} of thread {Thread} was handed back, for the worker stops; another one goes on with it.")]
    public static partial void TurnHandedBack(ILogger logger, ThreadKey thread, TurnId turn);

    [LoggerMessage(EventIds.TurnLost, LogLevel.Warning, "Turn {Turn} of thread {Thread} is not run here any more: another runner has it, or the thread is gone.")]
    public static partial void TurnLost(ILogger logger, ThreadKey thread, TurnId turn, Exception exception);

    [LoggerMessage(EventIds.TurnNotRun, LogLevel.Warning, "What is due in thread {Thread} cannot be run; it is looked at again in {Delay}.")]
    public static partial void TurnNotRun(ILogger logger, ThreadKey thread, TimeSpan delay, Exception exception);

    [LoggerMessage(EventIds.ChildNotCancelled, LogLevel.Warning, "What was begun in thread {Thread} for a turn that is over could not be cancelled. It is when somebody looks at it again, or answers what it asks.")]
    public static partial void ChildNotCancelled(ILogger logger, ThreadKey thread, Exception exception);

    [LoggerMessage(EventIds.WorkerFailed, LogLevel.Error, "The worker could not look for threads that are due; it tries again in {Delay}.")]
    public static partial void WorkerFailed(ILogger logger, TimeSpan delay, Exception exception);

    [LoggerMessage(EventIds.WorkerStoppedLate, LogLevel.Warning, "{Turns} turns did not stop within {Timeout}; others take them over once this process is gone, or their leases have lapsed.")]
    public static partial void WorkerStoppedLate(ILogger logger, int turns, TimeSpan timeout);

    [LoggerMessage(EventIds.FeedInterrupted, LogLevel.Warning, "The watch of {What} cannot reach the backend; it tries again in {Delay}. Nothing is missed.")]
    public static partial void FeedInterrupted(ILogger logger, string what, TimeSpan delay, Exception exception);

    [LoggerMessage(EventIds.FeedResumed, LogLevel.Information, "The watch of {What} goes on after {Outage}.")]
    public static partial void FeedResumed(ILogger logger, string what, TimeSpan outage);

    [LoggerMessage(EventIds.AdviceFound, LogLevel.Warning, "Advice {Code}: {Text} {Action} See {Link}")]
    public static partial void AdviceFound(ILogger logger, string code, string text, string action, string link);
}
