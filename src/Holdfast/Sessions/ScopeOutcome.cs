namespace Holdfast;

/// <summary>What came of a scope in a commit.</summary>
public enum ScopeOutcome
{
    /// <summary>It was changed, and the change is stored.</summary>
    Committed = 0,

    /// <summary>Values were set, and they were stored already: nothing was written.</summary>
    Unchanged = 1,

    /// <summary>Its changes are not stored, or it is not known whether they are. To commit the session again settles it.</summary>
    Failed = 2,
}
