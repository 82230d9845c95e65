namespace Holdfast.Testing;

/// <summary>Leaves files as a crash, a full disk or a bad sector leaves them.</summary>
public static class TornFile
{
    /// <summary>Cuts the last bytes off, as when only a part of a write reached the disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">How many; at most the length of the file.</param>
    public static void CutOff(string path, int bytes)
    {
        using var file = Open(path, bytes);
        file.SetLength(file.Length - bytes);
    }

    /// <summary>Inverts the last bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">How many; at most the length of the file.</param>
    public static void Corrupt(string path, int bytes) => CorruptAt(path, new FileInfo(path).Length - bytes, bytes);

    /// <summary>Inverts bytes in the middle of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">The first byte to invert.</param>
    /// <param name="bytes">How many; the file must have them.</param>
    public static void CorruptAt(string path, long offset, int bytes)
        => Replace(path, offset, bytes, content =>
        {
            for (var i = 0; i < content.Length; i++)
            {
                content[i] = (byte)~content[i];
            }
        });

    /// <summary>Replaces the last bytes by zeros, as when the length of a file reached the disk and its content did not.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">How many; at most the length of the file.</param>
    public static void ZeroOut(string path, int bytes) => Replace(path, new FileInfo(path).Length - bytes, bytes, Array.Clear);

    /// <summary>Adds bytes to the end, as when a write was begun and not finished.</summary>
    public static void Append(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = Open(path, 0);
        file.Seek(0, SeekOrigin.End);
        file.Write(bytes);
    }

    private static void Replace(string path, long offset, int bytes, Action<byte[]> change)
    {
        using var file = Open(path, bytes);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var content = new byte[bytes];
        file.Seek(offset, SeekOrigin.Begin);
        file.ReadExactly(content);
        change(content);
        file.Seek(offset, SeekOrigin.Begin);
        file.Write(content);
    }

    private static FileStream Open(string path, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length < bytes)
        {
            var length = file.Length;
            file.Dispose();
            throw new ArgumentOutOfRangeException(nameof(bytes), bytes, $"'{path}' has {length} bytes only.");
        }

        return file;
    }
}
