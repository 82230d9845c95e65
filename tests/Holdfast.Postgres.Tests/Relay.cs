using System.Net;
using System.Net.Sockets;

namespace Holdfast.Postgres.Tests;

/// <summary>Stands between a log and the server, and can lose answers of the server together with their connections, or hold them back, as if the log were frozen.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _serverPort;
    private readonly Task _accepting;
    private volatile byte[]? _loses;
    private volatile bool _losesAll;
    private int _untilHeld;
    private TaskCompletionSource _held = new();
    private TaskCompletionSource _released = new();

    public Relay(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The next answer that has a text is lost. The server has committed by then: it sends nothing before.</summary>
    public void LoseAnswerWith(string text) => _loses = System.Text.Encoding.ASCII.GetBytes(text);

    /// <summary>All answers are lost, those to attempts to connect included.</summary>
    public void LoseEverything() => _losesAll = true;

    public void LoseNothing() => _losesAll = false;

    /// <summary>Holds back an answer, and all that come after it over the same connection.</summary>
    /// <param name="number">Which one: 1 is the next.</param>
    /// <returns>When it has come.</returns>
    public Task HoldAnswer(int number)
    {
        (_held, _released) = (new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously));
        Volatile.Write(ref _untilHeld, number);
        return _held.Task;
    }

    /// <summary>Lets the answers go that are held back, and holds none from now on.</summary>
    public void Release()
    {
        Volatile.Write(ref _untilHeld, 0);
        _released.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptSocketAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            await server.ConnectAsync(IPAddress.Loopback, _serverPort);
            await Task.WhenAll(PumpAsync(client, server, _ => new(true)), PumpAsync(server, client, PassesAsync));
        }
    }

    private async ValueTask<bool> PassesAsync(ReadOnlyMemory<byte> answer)
    {
        if (Volatile.Read(ref _untilHeld) > 0 && Interlocked.Decrement(ref _untilHeld) == 0)
        {
            _held.TrySetResult();
            await _released.Task;
        }

        if (_losesAll)
        {
            return false;
        }

        if (_loses is not { } loses || answer.Span.IndexOf(loses) < 0)
        {
            return true;
        }

        _loses = null;
        return false;
    }

    // When one side ends, or an answer is lost, both ends are closed.
    private static async Task PumpAsync(Socket from, Socket to, Func<ReadOnlyMemory<byte>, ValueTask<bool>> passes)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read && await passes(buffer.AsMemory(0, read)))
            {
                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side was closed.
        }

        from.Close();
        to.Close();
    }
}
