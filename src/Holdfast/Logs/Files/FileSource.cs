using Microsoft.Win32.SafeHandles;

namespace Holdfast.Logs;

/// <summary>A thread's file that is open, as long as it was when it was opened.</summary>
internal sealed class FileSource : IDisposable
{
    private readonly ReadMeter _meter;

    private FileSource(string path, SafeFileHandle handle, ReadMeter meter)
    {
        Path = path;
        Handle = handle;
        Length = RandomAccess.GetLength(handle);
        _meter = meter;
    }

    public string Path { get; }

    public SafeFileHandle Handle { get; }

    public long Length { get; }

    /// <summary>When the file was made; 0 where that is not known.</summary>
    public long Made => FileBirth.Of(Handle);

    /// <summary>Whether something was appended since it was opened.</summary>
    public bool HasGrown => RandomAccess.GetLength(Handle) > Length;

    /// <summary>Opens a file; null if it is not there.</summary>
    /// <remarks>Others may append to it, replace it or remove it meanwhile: what is open stays what it was.</remarks>
    public static FileSource? TryOpen(string path, FileAccess access, ReadMeter meter)
    {
        try
        {
            return new(path, File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete), meter);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Fills <paramref name="destination"/> with the bytes at <paramref name="offset"/>.</summary>
    /// <exception cref="FileDamageException">The file ends before, so it was cut since it was opened.</exception>
    public void Read(Span<byte> destination, long offset)
    {
        _meter.Add(destination.Length);
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(Handle, destination, offset);
            if (count == 0)
            {
                throw new FileDamageException(0, $"the file ends at byte {offset}, where it had {Length} bytes when it was opened");
            }

            destination = destination[count..];
            offset += count;
        }
    }

    /// <summary>Whether one of two bytes is in a part of the file.</summary>
    public bool HasAny(long start, long end, byte one, byte other)
    {
        using var buffer = new PooledBuffer(64 * 1024);
        while (start < end)
        {
            var bytes = buffer.GetSpan(64 * 1024)[..(int)Math.Min(64 * 1024, end - start)];
            Read(bytes, start);
            if (bytes.ContainsAny(one, other))
            {
                return true;
            }

            start += bytes.Length;
        }

        return false;
    }

    /// <summary>What tells this state of the file from others; null if it does not end with a whole line.</summary>
    public FileStamp? Stamp()
    {
        if (Length < LineFormat.SealLength)
        {
            return null;
        }

        Span<byte> seal = stackalloc byte[LineFormat.SealLength];
        Read(seal, Length - LineFormat.SealLength);
        return LineFormat.TryReadSeal(seal, out var checksum) ? new(Length, checksum) : null;
    }

    public void Dispose() => Handle.Dispose();
}
