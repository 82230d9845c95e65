namespace Holdfast;

/// <summary>Keys were changed by both sides, each in its own way, and <see cref="ConflictPolicy.Fail"/> was asked for. Nothing was written.</summary>
public sealed class MergeConflictException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="key">The thread that was to be changed.</param>
    /// <param name="conflicts">The keys.</param>
    public MergeConflictException(ThreadKey key, IReadOnlyList<KeyConflict> conflicts)
        : base(
            ErrorCodes.MergeConflict,
            $"Thread '{key}' and the other side both changed {Describe.List([.. conflicts.Select(conflict => conflict.ToString())])}, each in its own way. Nothing was written. Choose ConflictPolicy.Ours or Theirs, or change the keys by hand.")
    {
        Key = key;
        Conflicts = conflicts;
    }

    /// <summary>The thread that was to be changed.</summary>
    public ThreadKey Key { get; }

    /// <summary>The keys that both sides changed.</summary>
    public IReadOnlyList<KeyConflict> Conflicts { get; }
}
