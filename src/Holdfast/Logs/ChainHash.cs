using System.Buffers.Binary;

namespace Holdfast.Logs;

/// <summary>The hash that chains every entry of a thread to all the entries before it.</summary>
public static class ChainHash
{
    private const int InputSize = Digest.Size + sizeof(long) + 16 + Digest.Size;

    /// <summary>The hash before the first entry: 32 zero bytes.</summary>
    public static Digest Start { get; }

    /// <summary>
    /// Computes hash(n) = SHA-256(hash(n-1) ‖ version ‖ commit id ‖ body hash): version as 8 big-endian bytes, the commit id as 16
    /// in the order of RFC 9562.
    /// </summary>
    public static Digest Next(Digest previous, long version, CommitId commitId, Digest bodyHash)
    {
        Span<byte> input = stackalloc byte[InputSize];
        previous.CopyTo(input);
        BinaryPrimitives.WriteInt64BigEndian(input[Digest.Size..], version);
        commitId.Value.TryWriteBytes(input[(Digest.Size + sizeof(long))..], bigEndian: true, out _);
        bodyHash.CopyTo(input[(InputSize - Digest.Size)..]);
        return Digest.Compute(input);
    }

    /// <summary>Computes the hash of <paramref name="entry"/>, which follows an entry with the hash <paramref name="previous"/>.</summary>
    public static Digest Next(Digest previous, LogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Next(previous, entry.Version, entry.CommitId, entry.BodyHash);
    }
}
