namespace Holdfast;

/// <summary>Which reply it is: that of a turn.</summary>
internal sealed record ChatRunKey(string? StoreName, string Tenant, string? UserId, ThreadId Thread, string Key);
