using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>What every line of a log file has: an object on one line, whose last member is the checksum of all the bytes before it.</summary>
internal static class LineFormat
{
    /// <summary>The newest format of files that this code reads and writes.</summary>
    public const int Version = 1;

    /// <summary>The bytes that close a line: <c>,"crc":"xxxxxxxx"}</c> and the line feed.</summary>
    public const int SealLength = 19;

    private const string InstantText = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Metadata that was within the depth limit on its own is deeper in a line.</summary>
    public static JsonReaderState ReaderState => new(new() { MaxDepth = 1024 });

    private static ReadOnlySpan<byte> SealStart => ",\"crc\":\""u8;

    private static ReadOnlySpan<byte> SealEnd => "\"}\n"u8;

    private static ReadOnlySpan<byte> VersionStart => "{\"version\":"u8;

    /// <summary>Closes the line that begins at <paramref name="start"/> and has everything but its checksum and closing brace.</summary>
    /// <returns>The checksum.</returns>
    public static uint Seal(PooledBuffer buffer, int start)
    {
        var checksum = Crc32C.Compute(buffer.Written[start..]);
        buffer.Append(SealStart);
        Utf8Formatter.TryFormat(checksum, buffer.GetSpan(8), out var written, new('x', 8));
        buffer.Advance(written);
        buffer.Append(SealEnd);
        return checksum;
    }

    /// <summary>The part of a whole line that is between its start and its checksum.</summary>
    public static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> line) => line[..^SealLength];

    /// <summary>Whether a line, with its line feed, has the checksum that it says it has.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> line)
        => line.Length > SealLength && TryReadSeal(line[^SealLength..], out var checksum) && checksum == Crc32C.Compute(Content(line));

    /// <summary>Reads the checksum from the last <see cref="SealLength"/> bytes of a line.</summary>
    public static bool TryReadSeal(ReadOnlySpan<byte> seal, out uint checksum)
    {
        checksum = 0;
        return seal.Length == SealLength
            && seal.StartsWith(SealStart)
            && seal.EndsWith(SealEnd)
            && !seal.Slice(SealStart.Length, 8).ContainsAnyInRange((byte)'A', (byte)'F')
            && Utf8Parser.TryParse(seal.Slice(SealStart.Length, 8), out checksum, out var read, 'x')
            && read == 8;
    }

    /// <summary>Reads the version of an entry's line without reading the rest; false for other lines, and perhaps for damaged ones.</summary>
    public static bool TryPeekVersion(ReadOnlySpan<byte> line, out long version)
    {
        version = 0;
        return line.StartsWith(VersionStart) && Utf8Parser.TryParse(line[VersionStart.Length..], out version, out _) && version > 0;
    }

    /// <summary>Reads the version of a line that may be damaged; 0 if it has none.</summary>
    public static long PeekVersion(ReadOnlySpan<byte> line) => TryPeekVersion(line, out var version) ? version : 0;

    /// <summary>An instant as it will be read from a line again.</summary>
    public static DateTimeOffset Stored(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeMilliseconds(Instants.Floor(instant));

    /// <inheritdoc cref="Stored(DateTimeOffset)"/>
    public static DateTimeOffset? Stored(DateTimeOffset? instant) => instant is { } value ? Stored(value) : null;

    /// <summary>How many entries a damaged line may have been: at least one.</summary>
    public static int CountVersions(ReadOnlySpan<byte> line) => Math.Max(line.Count(VersionStart), 1);

    public static void WriteInstant(Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTimeOffset? instant)
    {
        if (instant is not { } value)
        {
            writer.WriteNull(name);
            return;
        }

        Span<byte> text = stackalloc byte[32];
        value.UtcDateTime.TryFormat(text, out var written, InstantText, CultureInfo.InvariantCulture);
        writer.WriteString(name, text[..written]);
    }

    public static DateTimeOffset ParseInstant(string? text)
        => DateTimeOffset.ParseExact(text ?? "", InstantText, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    public static void WriteDigest(Utf8JsonWriter writer, ReadOnlySpan<byte> name, Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        Span<byte> text = stackalloc byte[Digest.Size * 2];
        digest.CopyTo(bytes);
        Convert.TryToHexStringLower(bytes, text, out _);
        writer.WriteString(name, text);
    }
}
