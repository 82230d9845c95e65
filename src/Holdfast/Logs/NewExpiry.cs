namespace Holdfast.Logs;

/// <summary>An expiry that a head shall have.</summary>
/// <param name="At">The instant; null for never.</param>
public readonly record struct NewExpiry(DateTimeOffset? At);
