using System.Runtime.InteropServices;

namespace Holdfast.Cli;

/// <summary>Tells which of the standard streams the process was started without, as in <c>holdfast threads &gt;&amp;-</c>.</summary>
/// <remarks>Their numbers are taken by pipes of the runtime then: what is written there, the runtime would take for signals, and reading there waits for ever.</remarks>
internal static partial class StandardHandles
{
    // fcntl.h of Linux and of macOS.
    private const int GetFlags = 1;
    private const int ClosedOnExec = 1;

    public static bool HasInput { get; } = IsInherited(0);

    public static bool HasOutput { get; } = IsInherited(1);

    public static bool HasError { get; } = IsInherited(2);

    // What a process inherits outlives the call that started its program; all that the runtime opens does not.
    private static bool IsInherited(int number) => OperatingSystem.IsWindows() || (ControlFile(number, GetFlags) is >= 0 and var flags && (flags & ClosedOnExec) == 0);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlFile(int number, int command);
}
