namespace Holdfast;

/// <summary>Why versions of a thread stay.</summary>
/// <param name="Kind">What keeps them.</param>
/// <param name="Version">The lowest version that it keeps.</param>
/// <param name="Text">The reason in words.</param>
public sealed record RetentionReason(RetentionKind Kind, long Version, string Text)
{
    /// <summary>The highest version that it keeps; null if it keeps all later ones.</summary>
    public long? To { get; init; }
}
