using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast.Sqlite.Connecting;

/// <summary>Which file a path leads to.</summary>
/// <param name="Device">The device; 0 where the system does not tell.</param>
/// <param name="Number">The number of the file on it, or when it was made where the system does not tell.</param>
internal readonly partial record struct FileIdentity(ulong Device, long Number)
{
    /// <summary>What is looked at: the inode and the size, see <c>man 2 statx</c>. Its structure is the same on every architecture.</summary>
    private const uint Mask = 0x100 | 0x200;
    private const int CurrentDirectory = -100, NoEntry = 2, NotDirectory = 20;
    private const int InodeOffset = 32, SizeOffset = 40, MajorOffset = 136, MinorOffset = 140, StatxSize = 256;

    private static bool _hasStatx = OperatingSystem.IsLinux();

    /// <summary>The path as the system takes it.</summary>
    public static byte[] NameOf(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    /// <summary>Asks without opening the file: closing it again would end the locks that SQLite holds on it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="name">The path as <see cref="NameOf"/> gives it.</param>
    /// <param name="identity">The identity, if there is a file.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <returns>Whether there is a file; null if the system does not tell.</returns>
    public static bool? TryGet(string path, byte[] name, out FileIdentity identity, out long size)
    {
        if (_hasStatx)
        {
            try
            {
                return TryStatx(name, out identity, out size);
            }
            catch (EntryPointNotFoundException)
            {
                _hasStatx = false;
            }
        }

        var file = new FileInfo(path);
        identity = file.Exists ? new(0, file.CreationTimeUtc.Ticks) : default;
        size = file.Exists ? file.Length : 0;
        return file.Exists;
    }

    private static unsafe bool? TryStatx(byte[] name, out FileIdentity identity, out long size)
    {
        Span<byte> result = stackalloc byte[StatxSize];
        int code;
        fixed (byte* path = name, buffer = result)
        {
            code = Statx(CurrentDirectory, path, 0, Mask, buffer);
        }

        identity = default;
        size = 0;
        if (code != 0)
        {
            return Marshal.GetLastPInvokeError() is NoEntry or NotDirectory ? false : null;
        }

        identity = new(
            ((ulong)MemoryMarshal.Read<uint>(result[MajorOffset..]) << 32) | MemoryMarshal.Read<uint>(result[MinorOffset..]),
            MemoryMarshal.Read<long>(result[InodeOffset..]));
        size = MemoryMarshal.Read<long>(result[SizeOffset..]);
        return true;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int Statx(int directory, byte* path, int flags, uint mask, byte* result);
}
