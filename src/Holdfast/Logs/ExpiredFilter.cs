namespace Holdfast.Logs;

/// <summary>Whether a listing has threads that have expired.</summary>
public enum ExpiredFilter
{
    /// <summary>Only threads that have not expired.</summary>
    Exclude,

    /// <summary>Only threads that have expired.</summary>
    Only,

    /// <summary>Both.</summary>
    Include,
}
