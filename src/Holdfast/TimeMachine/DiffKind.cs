namespace Holdfast;

/// <summary>What became of something between two points.</summary>
public enum DiffKind
{
    /// <summary>It is only at the later point.</summary>
    Added = 1,

    /// <summary>It is only at the earlier point. A message that is removed is hidden, and still stored.</summary>
    Removed = 2,

    /// <summary>It is at both, and not the same.</summary>
    Changed = 3,
}
