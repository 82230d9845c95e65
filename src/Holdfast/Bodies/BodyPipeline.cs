using Holdfast.Logs;

namespace Holdfast;

/// <summary>From the JSON text of a body to the bytes that are stored, and back.</summary>
/// <remarks>A plain body is stored as it is. What is compressed or sealed begins with a byte that no JSON object begins with, and says by its header what it is.</remarks>
internal sealed class BodyPipeline
{
    /// <summary>The bytes to store for a body.</summary>
    public byte[] Encode(byte[] json) => json;

    /// <summary>The JSON text of a stored body.</summary>
    /// <exception cref="UnknownFormatException">It was compressed or sealed in a way that this version does not know.</exception>
    public ReadOnlyMemory<byte> Decode(LogEntry entry) => entry.Body.IsEmpty || BodyKind.IsPlain(entry.Body.Span) || !LooksSealed(entry.Body.Span[0])
        ? entry.Body
        : throw new UnknownFormatException($"Version {entry.Version} of thread '{entry.Key}' has a body of a kind");

    // Neither a blank nor the beginning of any JSON value.
    private static bool LooksSealed(byte first) => first is < 0x09 or > 0x7E;
}
