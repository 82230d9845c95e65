namespace Holdfast;

/// <summary>What a merge does with a key.</summary>
internal enum MergeOutcome
{
    /// <summary>It stays as it is here.</summary>
    Keep,

    /// <summary>It becomes what it is on the other side.</summary>
    Take,

    /// <summary>Both sides changed it, each in its own way.</summary>
    Conflict,
}
