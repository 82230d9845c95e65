using System.Buffers.Text;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>The first line of a thread's file: its format, and the full name of the thread.</summary>
internal static class FileHeader
{
    /// <summary>More than the longest header.</summary>
    public const int Longest = 4096;

    private static ReadOnlySpan<byte> Start => "{\"holdfast\":"u8;

    /// <summary>Reads the header of a file and checks that the file may be read as one of <paramref name="key"/>.</summary>
    /// <returns>The length of the header; 0 if the file was not written far enough to have one, so that it has no entries either.</returns>
    /// <exception cref="UnknownFormatException">The file has a newer format.</exception>
    /// <exception cref="FileDamageException">It is not a header, or that of another thread.</exception>
    public static int Check(FileSource source, ThreadKey key)
    {
        Span<byte> bytes = stackalloc byte[(int)Math.Min(Longest, source.Length)];
        source.Read(bytes, 0);
        return Check(bytes, source.Path, key);
    }

    /// <summary>Checks a header whose bytes were read with others: the file up to <see cref="Longest"/> bytes or more.</summary>
    public static int Check(ReadOnlySpan<byte> beginning, string path, ThreadKey key)
    {
        if (beginning.StartsWith(Start) && Utf8Parser.TryParse(beginning[Start.Length..], out long format, out var digits)
            && format > LineFormat.Version && Start.Length + digits < beginning.Length)
        {
            throw new UnknownFormatException($"The file '{path}' of thread '{key}'", format, LineFormat.Version);
        }

        var window = beginning[..Math.Min(beginning.Length, Longest)];
        var line = window[..(window.IndexOf((byte)'\n') + 1)];
        if (LineFormat.IsIntact(line))
        {
            var (tenant, id) = Parse(line);
            return tenant == key.Tenant && id == key.Id.Value
                ? line.Length
                : throw new FileDamageException(0, $"the file says that it is thread '{id}' of tenant '{tenant}'");
        }

        var begun = window.IsEmpty || window.Contains((byte)0) || (line.IsEmpty && window.Length < Longest && IsBegun(window));
        return begun ? 0 : throw Missing();
    }

    /// <summary>Reads which thread a file says that it is; null if it does not say so, or not in a format that is known.</summary>
    public static ThreadKey? ReadKey(FileSource source)
    {
        Span<byte> bytes = stackalloc byte[(int)Math.Min(Longest, source.Length)];
        source.Read(bytes, 0);
        var line = bytes[..(bytes.IndexOf((byte)'\n') + 1)];
        return LineFormat.IsIntact(line) && Parse(line) is ({ } tenant, { } id) && ThreadId.TryParse(id, out var thread)
            ? ThreadKey.Of(tenant, thread)
            : null;
    }

    public static FileDamageException Missing() => new(0, "the first line should tell the format and the thread, and does not");

    private static bool IsBegun(ReadOnlySpan<byte> bytes)
        => bytes.Length < Start.Length ? Start.StartsWith(bytes) : bytes.StartsWith(Start);

    private static (string? Tenant, string? Id) Parse(ReadOnlySpan<byte> line)
    {
        string? tenant = null, id = null;
        try
        {
            var reader = new Utf8JsonReader(LineFormat.Content(line), isFinalBlock: false, state: default);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("tenant"u8))
                {
                    tenant = HeadMembers.Text(ref reader);
                }
                else if (reader.ValueTextEquals("id"u8))
                {
                    id = HeadMembers.Text(ref reader);
                }
                else
                {
                    reader.Read();
                    reader.TrySkip();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FileDamageException(0, $"the first line has the right checksum, but is not a header: {e.Message}", e);
        }

        return (tenant, id);
    }
}
