namespace Holdfast;

/// <summary>What happens to a key that both sides changed, each in its own way.</summary>
public enum ConflictPolicy
{
    /// <summary>Nothing is written, and a <see cref="MergeConflictException"/> names all such keys.</summary>
    Fail = 0,

    /// <summary>The thread that is changed keeps its value.</summary>
    Ours = 1,

    /// <summary>The value of the other side is taken.</summary>
    Theirs = 2,
}
