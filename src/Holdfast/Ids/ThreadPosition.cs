using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Holdfast;

/// <summary>A version of a thread, told from the same number in another life of the thread, and in a store that was set back to a backup: what an ETag carries.</summary>
/// <param name="Version">The version.</param>
/// <param name="Life">The life of the thread.</param>
/// <param name="Chain">The first 8 bytes of the chain hash of that version, as a big-endian number.</param>
public readonly record struct ThreadPosition(long Version, CommitId Life, ulong Chain)
{
    internal static ThreadPosition Of(CommitId life, long version, Digest chain)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        chain.CopyTo(bytes);
        return new(version, life, System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    /// <summary>Reads a position from its text form.</summary>
    /// <exception cref="FormatException">The text is not that of a position.</exception>
    public static ThreadPosition Parse(string text)
        => TryParse(text, out var position) ? position : throw new FormatException("This is not the text of a position of a thread.");

    /// <summary>Reads a position from its text form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ThreadPosition position)
    {
        position = default;
        if (text?.Split('-') is not [var number, var life, var chain]
            || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            || !Guid.TryParseExact(life, "N", out var guid)
            || !ulong.TryParse(chain, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
        {
            return false;
        }

        position = new(version, new(guid), bits);
        return true;
    }

    /// <summary>The version, the life and the chain: <c>7-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Version}-{Life.Value:N}-{Chain:x16}");
}
