using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Holdfast.Cli.Tests;

/// <summary>An HTTP server on the loopback address that answers as it is told, and keeps what it was asked.</summary>
internal sealed class FakeModelServer : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly Task _serving;
    private readonly ConcurrentQueue<Func<HttpListenerResponse, Task>> _answers = new();

    public FakeModelServer()
    {
        (_listener, Address) = Listen();
        _serving = Task.Run(ServeAsync);
    }

    public Uri Address { get; }

    /// <summary>What was asked: method and path, the header that authorizes, and the body.</summary>
    public List<(string Path, string? Key, JsonElement Body)> Requests { get; } = [];

    /// <summary>The events of a reply, as the API of OpenAI streams them.</summary>
    public static string[] OpenAIStream(params string[] texts) =>
    [
        .. texts.Select(text => $$"""data: {"id":"r1","object":"chat.completion.chunk","created":1700000000,"model":"m1","choices":[{"index":0,"delta":{"role":"assistant","content":"{{text}}"},"finish_reason":null}]}"""),
        """data: {"id":"r1","object":"chat.completion.chunk","created":1700000000,"model":"m1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""",
        "data: [DONE]",
    ];

    /// <summary>Answers the next request.</summary>
    public void Answer(Func<HttpListenerResponse, Task> answer) => _answers.Enqueue(answer);

    public void AnswerJson(string json, int status = 200) => Answer(async response =>
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        await WriteAsync(response, json);
        response.Close();
    });

    /// <summary>Answers the next request with a stream of server-sent events.</summary>
    public void AnswerEvents(params string[] events) => Answer(async response =>
    {
        response.ContentType = "text/event-stream";
        response.SendChunked = true;
        foreach (var text in events)
        {
            await WriteAsync(response, text + "\n\n");
        }

        response.Close();
    });

    /// <summary>Answers the next request with the beginning of a stream, and cuts the connection.</summary>
    public void AnswerAndCut(params string[] events) => Answer(async response =>
    {
        response.ContentType = "text/event-stream";
        response.SendChunked = true;
        foreach (var text in events)
        {
            await WriteAsync(response, text + "\n\n");
        }

        response.Abort();
    });

    /// <summary>Answers the next request with the beginning of a stream, and then with nothing more until the client leaves or the server ends.</summary>
    public void AnswerAndStall(TaskCompletionSource stalled, params string[] events) => Answer(async response =>
    {
        response.ContentType = "text/event-stream";
        response.SendChunked = true;
        foreach (var text in events)
        {
            await WriteAsync(response, text + "\n\n");
        }

        stalled.SetResult();
    });

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private static async Task WriteAsync(HttpListenerResponse response, string text)
    {
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
        await response.OutputStream.FlushAsync();
    }

    // A port is only known to be free once it is taken.
    private static (HttpListener Listener, Uri Address) Listen()
    {
        while (true)
        {
            var port = FreePort();
            var listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                return (listener, new($"http://127.0.0.1:{port}/v1"));
            }
            catch (HttpListenerException)
            {
                listener.Close();
            }
        }
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var body = await reader.ReadToEndAsync();
            Requests.Add((
                $"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath}",
                context.Request.Headers["Authorization"],
                JsonElement.Parse(body)));
            if (_answers.TryDequeue(out var answer))
            {
                await answer(context.Response);
            }
            else
            {
                context.Response.StatusCode = 400;
                context.Response.Close();
            }
        }
    }
}
