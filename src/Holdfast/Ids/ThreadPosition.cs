using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Holdfast;

/// <summary>A version of a thread that cannot be confused with the same number in another life of the thread, or in a store that was restored from a backup; suitable as an ETag, and for going on with a watch.</summary>
/// <param name="Version">The version.</param>
/// <param name="Life">The life of the thread.</param>
/// <param name="Chain">The first 8 bytes of the chain hash of that version, as a big-endian number.</param>
public readonly record struct ThreadPosition(long Version, CommitId Life, ulong Chain)
{
    /// <summary>More characters than any position has.</summary>
    private const int MostCharacters = 80;

    /// <summary>The position before the first version of any thread: <c>default</c>.</summary>
    public static ThreadPosition Beginning => default;

    internal static ThreadPosition Of(CommitId life, long version, Digest chain)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        chain.CopyTo(bytes);
        return new(version, life, System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    /// <summary>Reads a position from its text form, exactly as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="InvalidIdentifierException">The text is not that of a position.</exception>
    public static ThreadPosition Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var position)
            ? position
            : throw new InvalidIdentifierException("This is not the text of a position of a thread: a version, the 32 hexadecimal digits of a life and 16 of a chain hash, with '-' between them.");
    }

    /// <summary>Reads a position from its text form, if the text is exactly as <see cref="ToString"/> writes it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ThreadPosition position)
    {
        position = default;
        if (text is null || text.Length > MostCharacters || text.Split('-') is not [var number, var life, var chain]
            || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            || !Guid.TryParseExact(life, "N", out var guid)
            || !ulong.TryParse(chain, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
        {
            return false;
        }

        var read = new ThreadPosition(version, new(guid), bits);
        if (!string.Equals(read.ToString(), text, StringComparison.Ordinal))
        {
            return false;
        }

        position = read;
        return true;
    }

    /// <summary>The version, the life and the chain: <c>7-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Version}-{Life.Value:N}-{Chain:x16}");
}
