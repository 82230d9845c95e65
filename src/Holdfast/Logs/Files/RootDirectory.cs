using System.Buffers.Text;

namespace Holdfast.Logs;

/// <summary>The directory of a log. A marker in it tells a log without threads from a volume that is not mounted, and the layout of the files.</summary>
internal sealed class RootDirectory(string path)
{
    private readonly ReadMeter _meter = new();
    private volatile bool _isKnown;

    public string Path => path;

    /// <summary>How many bytes of threads' files were read so far.</summary>
    public long BytesRead => _meter.Bytes;

    private static ReadOnlySpan<byte> MarkerStart => "{\"holdfast\":"u8;

    private string Marker => System.IO.Path.Combine(path, FileNames.Marker);

    /// <summary>Opens a thread's file; null if it is not there.</summary>
    /// <exception cref="IOException">It is not there because nothing is: the directory itself is gone.</exception>
    public FileSource? TryOpen(string file, FileAccess access)
    {
        Recognize();
        var source = FileSource.TryOpen(file, access, _meter);
        if (source is null)
        {
            ThrowIfGone();
        }

        return source;
    }

    /// <summary>Makes the directory if it never was there.</summary>
    /// <exception cref="IOException">It was there and is gone, or it cannot be made.</exception>
    public void Make(FileDurability durability)
    {
        Recognize();
        ThrowIfGone();
        if (_isKnown)
        {
            return;
        }

        durability.Make(path);
        using (var marker = File.OpenHandle(Marker, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        using (var buffer = new PooledBuffer(64))
        {
            buffer.Append(MarkerStart);
            buffer.Append("1"u8);
            LineFormat.Seal(buffer, 0);
            FileWrite.At(marker, buffer.Written, 0);
            durability.Flush(marker, Marker, 0);
        }

        durability.FlushName(path);
        _isKnown = true;
    }

    /// <summary>Throws if the directory was there before and is not any more. Then what is not found may yet exist.</summary>
    public void ThrowIfGone()
    {
        if (_isKnown && !File.Exists(Marker))
        {
            throw new IOException($"The directory '{path}' was there and is gone, or '{FileNames.Marker}' in it. Is its volume mounted?");
        }
    }

    /// <summary>Looks for the marker until it was seen once.</summary>
    /// <exception cref="UnknownFormatException">The directory has a newer layout.</exception>
    public void Recognize()
    {
        if (_isKnown)
        {
            return;
        }

        byte[] marker;
        try
        {
            marker = File.ReadAllBytes(Marker);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return;
        }

        if (marker.AsSpan().StartsWith(MarkerStart) && Utf8Parser.TryParse(marker.AsSpan(MarkerStart.Length), out long format, out _) && format > LineFormat.Version)
        {
            throw new UnknownFormatException($"The directory '{path}'", format, LineFormat.Version);
        }

        // One that a crash cut off is written again by the next writer.
        _isKnown = LineFormat.IsIntact(marker);
    }
}
