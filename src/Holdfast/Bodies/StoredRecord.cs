namespace Holdfast;

/// <summary>Payload that a commit carries and that is read by its version and place, never folded.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The name that it is found by; null for one that is in the list of its kind.</param>
/// <param name="Json">Its JSON text.</param>
internal sealed record StoredRecord(string Kind, string? Name, ReadOnlyMemory<byte> Json)
{
    /// <summary>The kind of a value that a caller put under a name.</summary>
    public const string Value = "value";

    /// <summary>The kind of a decision; the decisions of a thread are a list.</summary>
    public const string Decision = "decision";

    /// <summary>The kind of a turn that ended; the turns of a thread that ended are a list.</summary>
    public const string Turn = "turn";

    /// <summary>The kind of the note that a redaction leaves; the redactions of a thread are a list.</summary>
    public const string Redaction = "redaction";

    /// <summary>The kind of a page of idempotency keys.</summary>
    public const string Keys = "keys";

    /// <summary>The record before this one in the list of its kind; null for the first.</summary>
    public RecordListEnd? Previous { get; init; }

    /// <summary>Where the same value stood before, oldest first: retention writes a value again before it drops the version that has it.</summary>
    public IReadOnlyList<RecordPlace> Earlier { get; init; } = [];
}
