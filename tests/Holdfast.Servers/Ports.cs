using System.Net;
using System.Net.Sockets;

namespace Holdfast.Servers;

/// <summary>Ports of the loopback address that nobody else gets until this process ends: neither another of these test programs, nor whoever asks the system for any free port.</summary>
/// <remarks>A server that is ended and started again comes back at its port. One that the system hands out to others, as port 0, may be gone by then.</remarks>
public static class Ports
{
    // Below those that systems hand out: from 32768 on Linux, from 49152 elsewhere.
    private const int First = 20_000;
    private const int Last = 32_000;

    private static readonly List<FileStream> Taken = [];

    /// <summary>Takes a port.</summary>
    public static int Take()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            if (TryTake(port) is { } mark)
            {
                lock (Taken)
                {
                    Taken.Add(mark);
                }

                return port;
            }
        }
    }

    // Other test programs see the mark, which is locked as long as this process lives; what else listens is seen by the port itself.
    private static FileStream? TryTake(int port)
    {
        FileStream? mark = null;
        try
        {
            var directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"holdfast-ports-{Environment.UserName}")).FullName;
            mark = new(Path.Combine(directory, $"{port}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return mark;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            mark?.Dispose();
            return null;
        }
    }
}
