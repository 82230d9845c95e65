namespace Holdfast.Redis.Listing;

/// <summary>The order in which an index is walked through.</summary>
internal enum ScanOrder
{
    Id,
    Recent,
    Due,
}
