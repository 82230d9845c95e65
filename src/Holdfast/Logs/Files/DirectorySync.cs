using System.Runtime.InteropServices;

namespace Holdfast.Logs;

/// <summary>Brings to the disk which files a directory has: a new or renamed file outlives the loss of power only then.</summary>
internal static partial class DirectorySync
{
    private const int Interrupted = 4;
    private const int InvalidArgument = 22;

    /// <summary>Does nothing on Windows, where the file system's own journal does it.</summary>
    /// <exception cref="IOException">It could not be done.</exception>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int handle;
        while ((handle = Open(directory, 0)) < 0)
        {
            ThrowUnlessInterrupted("opened", directory);
        }

        try
        {
            while (Fsync(handle) < 0)
            {
                // Some file systems have nothing to flush for a directory and say that the call makes no sense.
                if (Marshal.GetLastPInvokeError() == InvalidArgument)
                {
                    return;
                }

                ThrowUnlessInterrupted("flushed", directory);
            }
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static void ThrowUnlessInterrupted(string what, string directory)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error != Interrupted)
        {
            throw new IOException($"The directory '{directory}' could not be {what}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
