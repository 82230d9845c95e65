using System.Security.Cryptography;
using System.Text;

namespace Holdfast;

/// <summary>What the lines of a bundle have in common: an object on one line, whose last member is a checksum of all the bytes of the bundle before it.</summary>
internal static class BundleFormat
{
    /// <summary>The newest format of bundles that this code reads, and the one that it writes.</summary>
    public const int Version = 1;

    /// <summary>What threads were exported to.</summary>
    public const string Export = "export";

    /// <summary>What damaged threads were brought to safety in.</summary>
    public const string Quarantine = "quarantine";

    /// <summary>The bytes that close a line: <c>,"sum":"xxxxxxxxxxxxxxxx"}</c> and the line feed.</summary>
    public const int SealLength = 27;

    /// <summary>The longest line: the largest body in base64, and room for what is beside it.</summary>
    public const int LongestLine = 1_500_000_000;

    private const int SumBytes = 8;

    private static ReadOnlySpan<byte> SealStart => ",\"sum\":\""u8;

    private static ReadOnlySpan<byte> SealEnd => "\"}\n"u8;

    /// <summary>Writes what closes a line whose other bytes the hash has, and gives it to the hash.</summary>
    public static void Seal(IncrementalHash hash, Span<byte> seal)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetCurrentHash(digest);
        SealStart.CopyTo(seal);
        Convert.TryToHexStringLower(digest[..SumBytes], seal.Slice(SealStart.Length, SumBytes * 2), out _);
        SealEnd.CopyTo(seal[(SealStart.Length + (SumBytes * 2))..]);
        hash.AppendData(seal);
    }

    /// <summary>Checks what closes a line, and gives the line to the hash.</summary>
    /// <param name="hash">What has the lines before.</param>
    /// <param name="line">The line with its line feed.</param>
    /// <returns>What is wrong; null if it is as it was written.</returns>
    public static string? Check(IncrementalHash hash, ReadOnlySpan<byte> line)
    {
        if (line.Length <= SealLength || !line[^SealLength..].StartsWith(SealStart) || !line.EndsWith(SealEnd))
        {
            return "it does not end with its checksum.";
        }

        Span<byte> expected = stackalloc byte[SealLength];
        hash.AppendData(line[..^SealLength]);
        Seal(hash, expected);
        return expected.SequenceEqual(line[^SealLength..])
            ? null
            : $"it has the checksum {Encoding.ASCII.GetString(line.Slice(line.Length - SealLength + SealStart.Length, SumBytes * 2).ToArray().Select(Printable).ToArray())}, and the bundle up to there {Encoding.ASCII.GetString(expected.Slice(SealStart.Length, SumBytes * 2))}.";
    }

    private static byte Printable(byte value) => value is > 0x20 and < 0x7F ? value : (byte)'?';
}
