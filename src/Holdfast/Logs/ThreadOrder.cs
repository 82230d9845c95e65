namespace Holdfast;

/// <summary>The order of a listing.</summary>
public enum ThreadOrder
{
    /// <summary>The thread that was updated last comes first; among equals, by tenant and id. A thread that is written while pages are followed may be missed.</summary>
    RecentlyUpdated,

    /// <summary>By tenant and id, in ordinal order of their UTF-8 bytes. Following the pages meets every thread exactly once.</summary>
    Id,
}
