using Microsoft.Win32.SafeHandles;

namespace Holdfast.Cli;

/// <summary>The standard output of the process.</summary>
internal static class StandardOutput
{
    // EPIPE, which Linux and macOS number alike.
    private const int BrokenPipe = 32;

    /// <summary>Opens it for a bundle.</summary>
    /// <exception cref="ToolException">The process was started without an output.</exception>
    public static Stream OpenForBundle()
        => StandardHandles.HasOutput ? Open() : throw ToolException.Usage("There is no standard output: the bundle would go nowhere.", "Name a file, or do not close the output.");

    /// <summary>Opens it for bytes. Who starts the tool without an output wants no answer but the exit code.</summary>
    public static Stream Open() => StandardHandles.HasOutput ? new AnswerStream(OpenBytes()) : Stream.Null;

    /// <summary>Whether an error says that nobody reads the output any more.</summary>
    public static bool IsClosed(Exception error) => error is IOException { HResult: BrokenPipe };

    // Writing to a pipe that nobody reads any more fails: the stream of Console says nothing then.
    private static Stream OpenBytes()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
        {
            return Console.OpenStandardOutput();
        }

        var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // A file may be shared with other programs, which go on where the tool has ended.
        return output.CanSeek ? Console.OpenStandardOutput() : output;
    }
}
