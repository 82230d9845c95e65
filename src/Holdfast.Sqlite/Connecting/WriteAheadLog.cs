using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Sqlite.Connecting;

/// <summary>Looks for commits in a write-ahead log that SQLite leaves out, because something before them is damaged.</summary>
/// <remarks>
/// SQLite takes a log up to the first frame that is not whole: that is where a crash ended it. But a transaction is begun only once the one before is in the
/// log, so one that was cut off is followed by no other. Where two commits or more come after the frame that is not whole, it was damaged afterwards.
/// The format is that of https://sqlite.org/fileformat2.html#the_write_ahead_log.
/// </remarks>
internal static class WriteAheadLog
{
    private const int HeaderSize = 32, FrameHeaderSize = 24, SaltOffset = 8, SumOffset = 16;
    private const uint Magic = 0x377F0682;

    /// <summary>How many frames of another generation of the log are passed over before the rest is taken for old.</summary>
    private const int MostForeign = 8;

    /// <summary>Describes what is wrong with a log; null if nothing is.</summary>
    /// <param name="connection">A connection that has read from the database.</param>
    /// <param name="path">The path of the log.</param>
    public static string? Problem(Connection connection, string path)
    {
        while (connection.LogFrames() is { } frames)
        {
            if (FileIdentity.TryGet(path, FileIdentity.NameOf(path), out _, out var size) != true || size <= HeaderSize + FrameHeaderSize)
            {
                return null;
            }

            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var problem = Problem(file, frames);

            // Meanwhile another process may have written, or begun the log anew.
            if (problem is null || connection.LogFrames() == frames)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? Problem(SafeFileHandle file, long frames)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (RandomAccess.Read(file, header, 0) < HeaderSize)
        {
            return null;
        }

        var isBigEndian = (header[3] & 1) != 0;
        var sum = Sum(default, header[..(HeaderSize - 8)], isBigEndian);
        if ((BinaryPrimitives.ReadUInt32BigEndian(header) & ~1u) != Magic || sum != ReadSum(header[(HeaderSize - 8)..]))
        {
            return frames > 0 ? null : "its header is damaged, so that none of the commits in it can be read";
        }

        var salt = BinaryPrimitives.ReadUInt64BigEndian(header[SumOffset..]);
        var frame = new byte[FrameHeaderSize + BinaryPrimitives.ReadInt32BigEndian(header[8..])];
        if (frames > 0)
        {
            _ = RandomAccess.Read(file, frame.AsSpan(0, FrameHeaderSize), HeaderSize + ((frames - 1) * frame.Length));
            sum = ReadSum(frame.AsSpan(SumOffset));
        }

        var lost = LostCommits(file, frame, HeaderSize + (frames * frame.Length), salt, sum, isBigEndian);
        return lost > 1 ? $"it is damaged after {frames} frames, and {lost} commits after them cannot be read" : null;
    }

    private static int LostCommits(SafeFileHandle file, byte[] frame, long position, ulong salt, (uint, uint) sum, bool isBigEndian)
    {
        var (isWhole, lost, foreign) = (true, 0, 0);
        for (; foreign <= MostForeign && RandomAccess.Read(file, frame.AsSpan(0, isWhole ? frame.Length : FrameHeaderSize), position) >= FrameHeaderSize; position += frame.Length)
        {
            var isOurs = BinaryPrimitives.ReadUInt64BigEndian(frame.AsSpan(SaltOffset)) == salt;
            if (isWhole)
            {
                // One that another process is just writing is whole.
                sum = Sum(Sum(sum, frame.AsSpan(0, SaltOffset), isBigEndian), frame.AsSpan(FrameHeaderSize), isBigEndian);
                isWhole = isOurs && sum == ReadSum(frame.AsSpan(SumOffset));
            }

            if (!isWhole)
            {
                foreign = isOurs ? 0 : foreign + 1;
                lost += isOurs && BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(4)) != 0 ? 1 : 0;
            }
        }

        return lost;
    }

    private static (uint First, uint Second) ReadSum(ReadOnlySpan<byte> bytes) => (BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));

    private static (uint First, uint Second) Sum((uint First, uint Second) sum, ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        var (first, second) = sum;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            unchecked
            {
                first += Word(bytes, isBigEndian) + second;
                second += Word(bytes[4..], isBigEndian) + first;
            }
        }

        return (first, second);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, bool isBigEndian)
        => isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
