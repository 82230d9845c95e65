using System.Net;
using System.Net.Sockets;

namespace Holdfast.Servers;

/// <summary>Free ports of the loopback address.</summary>
internal static class RedisPorts
{
    /// <summary>Finds a port that was free a moment ago.</summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
