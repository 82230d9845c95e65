namespace Holdfast;

/// <summary>Payload that a commit carries and that is read by its version and place, never folded.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The name that it is found by; null where only a version and a place lead to it.</param>
/// <param name="Json">Its JSON text.</param>
internal sealed record StoredRecord(string Kind, string? Name, ReadOnlyMemory<byte> Json)
{
    /// <summary>The kind of a value that a caller put under a name.</summary>
    public const string Value = "value";
}
