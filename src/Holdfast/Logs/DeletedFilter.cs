namespace Holdfast;

/// <summary>Whether a listing has threads that were deleted.</summary>
public enum DeletedFilter
{
    /// <summary>Only threads that were not deleted.</summary>
    Exclude,

    /// <summary>Only threads that were deleted and can be restored.</summary>
    Only,

    /// <summary>Both.</summary>
    Include,
}
