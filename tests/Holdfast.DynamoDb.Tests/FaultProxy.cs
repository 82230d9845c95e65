using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Holdfast.Servers;

namespace Holdfast.DynamoDb.Tests;

/// <summary>What becomes of a request on its way to the server.</summary>
public enum Passage
{
    /// <summary>It passes.</summary>
    Pass,

    /// <summary>It is answered with throttling and does not reach the server.</summary>
    Throttled,

    /// <summary>It is answered with another transaction being in the way, and does not reach the server.</summary>
    InTheWay,

    /// <summary>It is answered with its first copy being at work still, and does not reach the server.</summary>
    InProgress,

    /// <summary>It is answered with an internal error and does not reach the server.</summary>
    Fails,

    /// <summary>The server carries it out, and the answer is an internal error.</summary>
    DoneButFails,

    /// <summary>The connection is cut before it reaches the server.</summary>
    Cut,

    /// <summary>The server carries it out, and the connection is cut instead of an answer.</summary>
    DoneButCut,

    /// <summary>It is refused for good, so that the caller gives up at once.</summary>
    Refused,

    /// <summary>The server carries it out, and the caller is told that it is refused for good: for the caller that is the moment of a crash.</summary>
    DoneButRefused,
}

/// <summary>A request that came to the proxy.</summary>
/// <param name="Operation">Such as <c>PutItem</c>.</param>
/// <param name="Body">Its JSON.</param>
public sealed record ProxiedRequest(string Operation, string Body)
{
    internal string? ContentType { get; init; }

    internal IReadOnlyDictionary<string, string?> Headers { get; init; } = new Dictionary<string, string?>();
}

/// <summary>Stands before a server and lets each request pass, or not, as the test says.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private static readonly string[] ForwardedHeaders = ["X-Amz-Target", "X-Amz-Date", "Authorization"];

    private readonly HttpListener _listener;
    private readonly HttpClient _server = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256 });
    private readonly ConcurrentDictionary<Task, bool> _serving = new();
    private readonly Task _accepting;

    private FaultProxy(HttpListener listener, string url, string serverUrl)
    {
        (_listener, Url) = (listener, url);
        _server.BaseAddress = new(serverUrl);
        _accepting = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>Decides what becomes of a request, by its operation (such as <c>PutItem</c>) and its body.</summary>
    public Func<string, string, Task<Passage>> Decide { get; set; } = (_, _) => Task.FromResult(Passage.Pass);

    /// <summary>What every request is answered with, as an error of the caller, if not null.</summary>
    public string? Answer { get; set; }

    /// <summary>Whether answers are lost, also those of requests that the server has at work: it goes on, and nobody hears of it.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>The operations that were asked for, in order.</summary>
    public ConcurrentQueue<string> Operations { get; } = new();

    /// <summary>The requests that came, in order.</summary>
    public ConcurrentQueue<ProxiedRequest> Requests { get; } = new();

    /// <summary>Makes another request of each that passes, and another answer of the server's answer to it, if not null.</summary>
    public IRequestChange? Change { get; set; }

    public static async Task<FaultProxy> StartAsync() => Start(await SharedServer.GetAsync());

    public static FaultProxy Start(DynamoDbServer server)
    {
        while (true)
        {
            var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}");
            var listener = new HttpListener { Prefixes = { url + "/" } };
            try
            {
                listener.Start();
                return new(listener, url, server.Url);
            }
            catch (HttpListenerException)
            {
                // Somebody else has taken the port.
            }
        }
    }

    /// <summary>Lets requests fail by turns: the n-th gets the n-th passage, later ones pass.</summary>
    public void Next(string operation, params Passage[] passages)
    {
        var turn = -1;
        Decide = (asked, _) => Task.FromResult(asked == operation && Interlocked.Increment(ref turn) is var mine && mine < passages.Length ? passages[mine] : Passage.Pass);
    }

    /// <summary>Lets the caller crash right after its n-th request from now on was carried out.</summary>
    /// <returns>Tells whether it came to that.</returns>
    public Func<bool> CrashAfter(int requests)
    {
        var turn = 0;
        Decide = (_, _) => Task.FromResult(Interlocked.Increment(ref turn) switch
        {
            var mine when mine < requests => Passage.Pass,
            var mine when mine == requests => Passage.DoneButRefused,
            _ => Passage.Refused,
        });
        return () => turn >= requests;
    }

    /// <summary>Holds the first request that fits, until the task is completed.</summary>
    /// <returns>Completes when the request has come.</returns>
    public Task Hold(Func<string, string, bool> which, Task until)
    {
        var (reached, taken) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
        Decide = async (operation, body) =>
        {
            if (which(operation, body) && Interlocked.Exchange(ref taken, 1) == 0)
            {
                reached.SetResult();
                await until;
            }

            return Passage.Pass;
        };
        return reached.Task;
    }

    /// <summary>Sends a request to the server once more, as a network may that had held up its first copy.</summary>
    public async Task RepeatAsync(ProxiedRequest request)
    {
        using var answer = await ForwardAsync(request, request.Body);
    }

    /// <summary>Waits until all that came is carried out: what a caller has given up may be on its way to the server still.</summary>
    public Task SettleAsync() => Patience.UntilAsync("all requests are carried out", () => Task.FromResult(_serving.IsEmpty));

    public void Heal() => Decide = (_, _) => Task.FromResult(Passage.Pass);

    public async ValueTask DisposeAsync()
    {
        _listener.Abort();
        await _accepting;
        await Task.WhenAll(_serving.Keys);
        _server.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            var serving = ServeAsync(context);
            _serving.TryAdd(serving, true);
            _ = serving.ContinueWith(done => _serving.TryRemove(done, out _), TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(HttpListenerContext context)
    {
        try
        {
            var body = await new StreamReader(context.Request.InputStream, Encoding.UTF8).ReadToEndAsync();
            var target = context.Request.Headers["X-Amz-Target"]!;
            var operation = target[(target.LastIndexOf('.') + 1)..];
            var request = new ProxiedRequest(operation, body)
            {
                ContentType = context.Request.ContentType,
                Headers = ForwardedHeaders.ToDictionary(name => name, name => context.Request.Headers[name]),
            };
            Operations.Enqueue(operation);
            Requests.Enqueue(request);
            if (Answer is { } error)
            {
                await AnswerAsync(context, 400, Encoding.UTF8.GetBytes(error));
                return;
            }

            var passage = await Decide(operation, body);
            using var answer = passage is Passage.Pass or Passage.DoneButFails or Passage.DoneButCut or Passage.DoneButRefused
                ? await ForwardAsync(request, Change?.Ask(operation, body) ?? body)
                : null;
            switch (LosesAnswers ? Passage.DoneButCut : passage)
            {
                case Passage.Pass:
                    var bytes = await answer!.Content.ReadAsByteArrayAsync();
                    await AnswerAsync(context, (int)answer.StatusCode, Change?.Answer(operation, body, bytes) ?? bytes);
                    break;
                case Passage.Throttled:
                    await AnswerAsync(context, 400, "ThrottlingException", "Rate exceeded");
                    break;
                case Passage.InTheWay when operation != "TransactWriteItems":
                    await AnswerAsync(context, 400, "TransactionConflictException", "Transaction is ongoing for the item");
                    break;
                case Passage.InTheWay:
                    await AnswerAsync(context, 400, """
                        {"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled","CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"}]}
                        """u8.ToArray());
                    break;
                case Passage.InProgress:
                    await AnswerAsync(context, 400, "TransactionInProgressException", "The transaction with the given request token is already in progress.");
                    break;
                case Passage.Fails or Passage.DoneButFails:
                    await AnswerAsync(context, 500, "InternalServerError", "Internal error");
                    break;
                case Passage.Refused or Passage.DoneButRefused:
                    await AnswerAsync(context, 400, "AccessDeniedException", "Not allowed");
                    break;
                default:
                    context.Response.Abort();
                    break;
            }
        }
        catch (Exception e) when (e is HttpListenerException or HttpRequestException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            context.Response.Abort();
        }
    }

    private async Task<HttpResponseMessage> ForwardAsync(ProxiedRequest request, string body)
    {
        using var forward = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        forward.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        foreach (var (name, value) in request.Headers)
        {
            forward.Headers.TryAddWithoutValidation(name, value);
        }

        return await _server.SendAsync(forward);
    }

    private static Task AnswerAsync(HttpListenerContext context, int status, string code, string message)
        => AnswerAsync(context, status, Encoding.UTF8.GetBytes($$"""{"__type":"com.amazonaws.dynamodb.v20120810#{{code}}","message":"{{message}}"}"""));

    private static async Task AnswerAsync(HttpListenerContext context, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/x-amz-json-1.0";
        context.Response.ContentLength64 = body.Length;
        await context.Response.OutputStream.WriteAsync(body);
        context.Response.Close();
    }
}
