using System.Buffers.Text;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>The first line of a thread's file: its format, the full name of the thread, and what never changes while the file is there.</summary>
/// <param name="Length">The length of the line; 0 if the file was not written far enough to have one, so that it has no entries either.</param>
/// <param name="Key">The thread, by the name that it had when the file was written: a trunk keeps that of the thread that it was.</param>
/// <param name="Life">The life of the thread.</param>
/// <param name="FirstVersion">The version of the first entry.</param>
internal readonly record struct FileHeader(int Length, ThreadKey Key, CommitId Life, long FirstVersion)
{
    /// <summary>More than the longest header.</summary>
    public const int Longest = 4096;

    private static ReadOnlySpan<byte> Start => "{\"holdfast\":"u8;

    /// <summary>Reads the header of a file and checks that the file may be read as one of <paramref name="key"/>.</summary>
    /// <exception cref="UnknownFormatException">The file has a newer format.</exception>
    /// <exception cref="FileDamageException">It is not a header, or that of another thread.</exception>
    public static FileHeader Check(FileSource source, ThreadKey key)
    {
        Span<byte> bytes = stackalloc byte[(int)Math.Min(Longest, source.Length)];
        source.Read(bytes, 0);
        return Check(bytes, source.Path, key);
    }

    /// <summary>Checks a header whose bytes were read with others: the file up to <see cref="Longest"/> bytes or more.</summary>
    public static FileHeader Check(ReadOnlySpan<byte> beginning, string path, ThreadKey key)
    {
        ThrowIfNewer(beginning, path);
        var window = beginning[..Math.Min(beginning.Length, Longest)];
        var line = window[..(window.IndexOf((byte)'\n') + 1)];
        if (LineFormat.IsIntact(line))
        {
            var header = Parse(line);
            return header.IsOf(key) ? header : throw new FileDamageException(0, $"the file says that it is thread '{header.Key}'");
        }

        return MayBeBegun(window, line) ? default : throw Missing();
    }

    /// <summary>Reads which thread a file is, by what it says and by its place; null if it was only begun, or is another's.</summary>
    /// <exception cref="UnknownFormatException">The file has a newer format.</exception>
    /// <exception cref="FileDamageException">It does not begin with a header.</exception>
    public static ThreadKey? ReadKey(FileSource source, string root)
    {
        Span<byte> bytes = stackalloc byte[(int)Math.Min(Longest, source.Length)];
        source.Read(bytes, 0);
        ThrowIfNewer(bytes, source.Path);
        var line = bytes[..(bytes.IndexOf((byte)'\n') + 1)];
        if (!LineFormat.IsIntact(line))
        {
            return MayBeBegun(bytes, line) ? null : throw Missing();
        }

        var header = Parse(line);
        // A file by another name than its thread's is not that thread, whatever it says: a copy that somebody keeps beside it.
        return FilePlace.Of(root, header.Key).Path == source.Path ? header.Key
            : header.Key.Space == ThreadSpace.Threads && ThreadKey.Trunk(header.Key, header.Life) is var trunk && FilePlace.Of(root, trunk).Path == source.Path ? trunk
            : null;
    }

    public static FileDamageException Missing() => new(0, "the first line should tell the format and the thread, and does not");

    private bool IsOf(ThreadKey key) => key == Key || (key.TryGetTrunk(out var thread, out var life) && thread == Key && life == Life);

    private static void ThrowIfNewer(ReadOnlySpan<byte> beginning, string path)
    {
        if (beginning.StartsWith(Start) && Utf8Parser.TryParse(beginning[Start.Length..], out long format, out var digits)
            && format > LineFormat.Version && Start.Length + digits < beginning.Length)
        {
            throw new UnknownFormatException($"The file '{path}'", format, LineFormat.Version);
        }
    }

    // A file of which a crash has left no more than a part of its first line.
    private static bool MayBeBegun(ReadOnlySpan<byte> window, ReadOnlySpan<byte> line)
        => window.IsEmpty || window.Contains((byte)0) || (line.IsEmpty && window.Length < Longest && IsBegun(window));

    private static bool IsBegun(ReadOnlySpan<byte> bytes)
        => bytes.Length < Start.Length ? Start.StartsWith(bytes) : bytes.StartsWith(Start);

    private static FileHeader Parse(ReadOnlySpan<byte> line)
    {
        var (space, tenant, id) = ("", "", "");
        var life = Guid.Empty;
        var first = 1L;
        try
        {
            var reader = new Utf8JsonReader(line, isFinalBlock: true, LineFormat.ReaderState);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var member = reader.GetString();
                reader.Read();
                switch (member)
                {
                    case "space": space = reader.GetString(); break;
                    case "tenant": tenant = reader.GetString(); break;
                    case "id": id = reader.GetString(); break;
                    case "life": life = reader.GetGuid(); break;
                    case "first": first = reader.GetInt64(); break;
                    default: reader.TrySkip(); break;
                }
            }

            return new(line.Length, KeyOf(space, tenant, id), new(life), first);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or InvalidIdentifierException)
        {
            throw new FileDamageException(0, $"the first line has the right checksum, but is not a header: {e.Message}", e);
        }
    }

    private static ThreadKey KeyOf(string? space, string? tenant, string? id) => ThreadSpaceNames.TryParse(space ?? "", out var known)
        ? ThreadKey.Of(known, tenant ?? "", id ?? "")
        : throw new UnknownFormatException($"The file of thread '{id}' of tenant '{tenant}' is of the space '{space}'");
}
