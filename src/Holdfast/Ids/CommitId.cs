namespace Holdfast;

/// <summary>The id of a commit: a UUIDv7, made before the commit is first sent and kept through every retry of it.</summary>
public readonly record struct CommitId(Guid Value)
{
    /// <summary>Makes a new id.</summary>
    public static CommitId New(TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        return new(Guid.CreateVersion7(timeProvider.GetUtcNow()));
    }

    /// <summary>Reads an id from its text form.</summary>
    /// <exception cref="FormatException">The text is not a UUID.</exception>
    public static CommitId Parse(string text) => new(Guid.Parse(text));

    /// <summary>Reads an id from its 16 bytes in the order of RFC 9562 (big-endian).</summary>
    public static CommitId FromBytes(ReadOnlySpan<byte> bytes) => new(new Guid(bytes, bigEndian: true));

    /// <summary>Writes the 16 bytes of the id in the order of RFC 9562 (big-endian).</summary>
    public byte[] ToByteArray() => Value.ToByteArray(bigEndian: true);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
