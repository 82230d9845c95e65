using System.Net;
using System.Net.Sockets;

namespace Holdfast.Redis.Tests;

/// <summary>Stands between a log and a server, and can forget the connections that it has, as routers do: nothing passes any more, and nobody is told.</summary>
internal sealed class FreezingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _clients = [];
    private readonly int _server;
    private CancellationTokenSource _flow = new();

    public FreezingProxy(int server)
    {
        _server = server;
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Forgets the connections that there are; new ones work.</summary>
    public void Freeze() => Interlocked.Exchange(ref _flow, new()).Cancel();

    public void Dispose()
    {
        _listener.Dispose();
        _flow.Cancel();
        lock (_clients)
        {
            _clients.ForEach(client => client.Dispose());
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient client, server;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
                server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _server);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            lock (_clients)
            {
                _clients.AddRange([client, server]);
            }

            _ = PassAsync(client.GetStream(), server.GetStream(), _flow.Token);
            _ = PassAsync(server.GetStream(), client.GetStream(), _flow.Token);
        }
    }

    private static async Task PassAsync(NetworkStream from, NetworkStream to, CancellationToken frozen)
    {
        try
        {
            await from.CopyToAsync(to, frozen);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The streams stay open: neither end notices.
        }
    }
}
