using Microsoft.Win32.SafeHandles;

namespace Holdfast.Logs;

/// <summary>Writing, with one kind of error for all that can go wrong.</summary>
internal static class FileWrite
{
    /// <exception cref="IOException">The bytes were not written, or not all of them.</exception>
    public static void At(SafeFileHandle handle, ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (ArgumentOutOfRangeException e)
        {
            // How .NET reports a file that would become longer than the file system, or a limit of the process, allows (EFBIG).
            throw new IOException($"The file would become too long: {e.Message}", e);
        }
    }
}
