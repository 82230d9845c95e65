namespace Holdfast;

/// <summary>The JSON text of a commit body that was written.</summary>
/// <param name="Json">The text.</param>
/// <param name="KeyframeBytes">How many of its bytes are those of the keyframe; 0 when it is none.</param>
/// <param name="MessagesAt">Where its first message begins; a comma comes between one and the next. 0 where it has none.</param>
internal readonly record struct WrittenBody(byte[] Json, int KeyframeBytes, int MessagesAt)
{
    /// <summary>How many bytes the text has.</summary>
    public int Length => Json.Length;
}
