using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Logs;

/// <summary>When a file was made, which tells it from others that have, or had, the same name.</summary>
internal static partial class FileBirth
{
    private const int EmptyPath = 0x1000;
    private const uint BirthTime = 0x800;

    // struct statx of Linux, the same on every processor: https://man7.org/linux/man-pages/man2/statx.2.html
    private const int StatxSize = 256;
    private const int BirthOffset = 80;

    private static bool _isMissing;

    /// <summary>The time, in a unit of the system's; 0 where the system or the file system does not tell it.</summary>
    public static long Of(SafeFileHandle file) => OperatingSystem.IsLinux()
        ? OfLinux(file)
        : OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? File.GetCreationTimeUtc(file).Ticks : 0;

    // .NET itself tells the time of the last change instead.
    private static long OfLinux(SafeFileHandle file)
    {
        if (_isMissing)
        {
            return 0;
        }

        Span<byte> status = stackalloc byte[StatxSize];
        try
        {
            if (Statx(file, "", EmptyPath, BirthTime, ref MemoryMarshal.GetReference(status)) != 0)
            {
                return 0;
            }
        }
        catch (EntryPointNotFoundException)
        {
            _isMissing = true;
            return 0;
        }

        var birth = status[BirthOffset..];
        return (MemoryMarshal.Read<uint>(status) & BirthTime) == 0 ? 0 : (MemoryMarshal.Read<long>(birth) * 1_000_000_000) + MemoryMarshal.Read<uint>(birth[8..]);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle directory, string path, int flags, uint mask, ref byte status);
}
