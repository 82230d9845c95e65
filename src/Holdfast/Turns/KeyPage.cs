using System.Buffers.Binary;

namespace Holdfast;

/// <summary>Digests of idempotency keys, each with the version in which its turn ended: sorted, and packed into 18 bytes each.</summary>
internal static class KeyPage
{
    /// <summary>How many bytes of the digest of a key are kept.</summary>
    public const int DigestSize = 12;

    private const int VersionSize = 6;
    private const int EntrySize = DigestSize + VersionSize;

    /// <summary>Packs keys. Of a key that is there twice, the one that comes first counts.</summary>
    public static byte[] Pack(IEnumerable<(ReadOnlyMemory<byte> Digest, long Version)> keys)
    {
        var sorted = keys.DistinctBy(key => Convert.ToHexString(key.Digest.Span)).OrderBy(key => Convert.ToHexString(key.Digest.Span), StringComparer.Ordinal).ToList();
        var page = new byte[sorted.Count * EntrySize];
        Span<byte> number = stackalloc byte[sizeof(long)];
        for (var i = 0; i < sorted.Count; i++)
        {
            var entry = page.AsSpan(i * EntrySize, EntrySize);
            sorted[i].Digest.Span.CopyTo(entry);
            BinaryPrimitives.WriteInt64BigEndian(number, sorted[i].Version);
            number[^VersionSize..].CopyTo(entry[DigestSize..]);
        }

        return page;
    }

    public static IEnumerable<(ReadOnlyMemory<byte> Digest, long Version)> Unpack(ReadOnlyMemory<byte> page)
    {
        for (var at = 0; at + EntrySize <= page.Length; at += EntrySize)
        {
            yield return (page.Slice(at, DigestSize), VersionAt(page.Span, at));
        }
    }

    /// <summary>The version of a key; null if the page does not have it.</summary>
    public static long? Find(ReadOnlySpan<byte> page, ReadOnlySpan<byte> digest)
    {
        var (low, high) = (0, (page.Length / EntrySize) - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = page.Slice(middle * EntrySize, DigestSize).SequenceCompareTo(digest);
            if (order == 0)
            {
                return VersionAt(page, middle * EntrySize);
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    private static long VersionAt(ReadOnlySpan<byte> page, int entry)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        number.Clear();
        page.Slice(entry + DigestSize, VersionSize).CopyTo(number[^VersionSize..]);
        return BinaryPrimitives.ReadInt64BigEndian(number);
    }
}
