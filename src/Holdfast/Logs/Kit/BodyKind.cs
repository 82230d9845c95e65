namespace Holdfast.Logs;

/// <summary>How the bytes of a body can be stored.</summary>
public static class BodyKind
{
    /// <summary>Whether a body is JSON text in one line, so that a backend can store it where people can read it. Any other body is opaque bytes.</summary>
    /// <remarks>Told by its first byte: what the engine writes is either a JSON object, or begins with a byte that no JSON text begins with.</remarks>
    public static bool IsPlain(ReadOnlySpan<byte> body) => !body.IsEmpty && body[0] == (byte)'{';
}
