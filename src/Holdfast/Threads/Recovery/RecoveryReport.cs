namespace Holdfast;

/// <summary>What a recovery did, or in a dry run would do.</summary>
/// <param name="Id">The thread.</param>
/// <param name="Verification">What was wrong.</param>
/// <param name="FirstKept">The first version that stays; 0 if none can.</param>
/// <param name="LastKept">The last version that stays, and the last one that is good; 0 if there is none: then nothing of the thread stays.</param>
/// <param name="IsDryRun">Whether nothing was done.</param>
public sealed record RecoveryReport(ThreadId Id, VerificationReport Verification, long FirstKept, long LastKept, bool IsDryRun)
{
    /// <summary>Whether the thread was damaged, so that there was something to do.</summary>
    public bool IsNeeded => !Verification.IsIntact;

    /// <summary>How many versions at the end of the thread are lost, as far as its end is known.</summary>
    public long LostVersions => IsNeeded ? Math.Max(Math.Max(Verification.Version, Verification.Problems.Max(problem => problem.Version)) - LastKept, 0) : 0;

    /// <summary>How many versions at the beginning of the thread are given up, because something is damaged between them and those that stay. What they led to is part of the state that stays; their messages are told as dropped.</summary>
    public long GivenUpVersions { get; init; }

    /// <summary>The commit that says in the thread that it was recovered; null if there is none.</summary>
    public CommitInfo? Commit { get; init; }
}
