using Microsoft.Win32.SafeHandles;

namespace Holdfast.Cli;

/// <summary>The standard output of the process.</summary>
internal static class StandardOutput
{
    // EPIPE, which Linux and macOS number alike.
    private const int BrokenPipe = 32;

    /// <summary>Opens it for bytes. Writing to a pipe that nobody reads any more fails: the stream of <see cref="Console"/> says nothing then.</summary>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
        {
            return Console.OpenStandardOutput();
        }

        var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // A file may be shared with other programs, which go on where the tool has ended.
        return output.CanSeek ? Console.OpenStandardOutput() : output;
    }

    /// <summary>Whether an error says that nobody reads the output any more.</summary>
    public static bool IsClosed(Exception error) => error is IOException { HResult: BrokenPipe };
}
