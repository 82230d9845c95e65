using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Holdfast.Chat.Tests.Wire;

/// <summary>A server on this machine that speaks the chat completions and the responses of OpenAI, plain and streamed, and refuses what OpenAI refuses.</summary>
internal sealed class OpenAIServer : IAsyncDisposable
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool"];

    private readonly ResponsesApi _responses = new();
    private readonly HttpListener _listener;
    private readonly Task _serving;

    private OpenAIServer(HttpListener listener, Uri endpoint)
    {
        (_listener, Endpoint) = (listener, endpoint);
        _serving = ServeAsync();
    }

    /// <summary>The bodies of all requests.</summary>
    public List<JsonObject> Requests { get; } = [];

    /// <summary>What was refused.</summary>
    public List<string> Refusals { get; } = [];

    public Uri Endpoint { get; }

    public static OpenAIServer Start()
    {
        while (true)
        {
            var address = $"http://127.0.0.1:{FreePort()}/v1/";
            var listener = new HttpListener();
            listener.Prefixes.Add(address);
            try
            {
                listener.Start();
                return new(listener, new(address));
            }
            catch (HttpListenerException)
            {
                // Another program took the port just now.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
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

            var request = (JsonObject)(await JsonNode.ParseAsync(context.Request.InputStream))!;
            Requests.Add(request);
            await (context.Request.Url!.AbsolutePath.EndsWith("/responses", StringComparison.Ordinal)
                ? RespondAsync(request, context.Response)
                : CompleteAsync(request, context.Response));
            context.Response.Close();
        }
    }

    private static string? Violation(List<JsonObject> messages)
    {
        var open = new List<string>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            var role = (string?)message["role"];
            if (!Roles.Contains(role))
            {
                return $"Invalid value: '{role}'. Supported values are: {string.Join(", ", Roles)}.";
            }

            if (role == "tool")
            {
                if (!open.Remove((string?)message["tool_call_id"] ?? ""))
                {
                    return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.";
                }

                continue;
            }

            if (open.Count > 0)
            {
                break;
            }

            var calls = message["tool_calls"] as JsonArray;
            if (calls is null && message["content"] is null or JsonArray { Count: 0 })
            {
                return $"Invalid value for 'content': expected a string, got null.";
            }

            foreach (var id in calls?.Select(call => (string)call!["id"]!) ?? [])
            {
                if (role != "assistant" || !ids.Add(id))
                {
                    return $"Duplicate value for 'tool_call_id' of {id}.";
                }

                open.Add(id);
            }
        }

        return open.Count > 0
            ? $"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {string.Join(", ", open)}."
            : null;
    }

    private static string TextOf(JsonObject message) => message["content"] switch
    {
        JsonArray parts => string.Concat(parts.Select(part => (string?)part!["text"])),
        var text => (string?)text ?? "",
    };

    private static JsonArray Calls(params string[] names)
        => [.. names.Select((name, i) => (JsonNode)new JsonObject
        {
            ["index"] = i,
            ["id"] = $"call_{Guid.NewGuid():N}",
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = name, ["arguments"] = "{\"city\":\"Paris\"}" },
        })];

    private static JsonObject ReplyTo(JsonObject last)
    {
        var calls = ((string?)last["role"], TextOf(last)) switch
        {
            ("tool", _) => null,
            (_, var text) when text.Contains("weather", StringComparison.Ordinal) => Calls("weather"),
            (_, var text) when text.Contains("compare", StringComparison.Ordinal) => Calls("weather", "weather"),
            (_, var text) when text.Contains("delete", StringComparison.Ordinal) => Calls("delete"),
            _ => null,
        };
        return calls is null
            ? new() { ["role"] = "assistant", ["content"] = (string?)last["role"] == "tool" ? "done" : "ok" }
            : new() { ["role"] = "assistant", ["content"] = null, ["tool_calls"] = calls };
    }

    private static JsonObject Usage() => new() { ["prompt_tokens"] = 20, ["completion_tokens"] = 5, ["total_tokens"] = 25 };

    private static async Task StreamAsync(HttpListenerResponse response, string id, JsonObject reply, string finish)
    {
        response.ContentType = "text/event-stream";
        response.SendChunked = true;
        if (reply["content"] is JsonValue text)
        {
            // Letter by letter, as models do word by word.
            foreach (var letter in ((string)text!).Select(letter => letter.ToString()))
            {
                await SendAsync(Chunk(new JsonObject { ["role"] = "assistant", ["content"] = letter }, null));
            }
        }
        else
        {
            await SendAsync(Chunk(reply.DeepClone(), null));
        }

        await SendAsync(Chunk(new JsonObject(), finish));
        var last = Chunk(null, null);
        last["usage"] = Usage();
        await SendAsync(last);
        await WriteAsync(response, "data: [DONE]\n\n");

        JsonObject Chunk(JsonNode? delta, string? reason)
        {
            JsonArray choices = delta is null ? [] : [new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = reason }];
            return new() { ["id"] = id, ["object"] = "chat.completion.chunk", ["created"] = 1_700_000_000, ["model"] = "gpt-test", ["choices"] = choices };
        }

        async Task SendAsync(JsonObject chunk)
        {
            await WriteAsync(response, $"data: {chunk.ToJsonString()}\n\n");
            await response.OutputStream.FlushAsync();
        }
    }

    private static ValueTask WriteAsync(HttpListenerResponse response, string text) => response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));

    private async Task RespondAsync(JsonObject request, HttpListenerResponse response)
    {
        var items = _responses.ConversationOf(request);
        if (ResponsesApi.Violation(items) is { } violation)
        {
            await RefuseAsync(response, violation);
            return;
        }

        var reply = _responses.Respond(items);
        if ((bool?)request["stream"] is not true)
        {
            response.ContentType = "application/json";
            await WriteAsync(response, reply.ToJsonString());
            return;
        }

        response.ContentType = "text/event-stream";
        response.SendChunked = true;
        foreach (var part in ResponsesApi.EventsOf(reply))
        {
            await WriteAsync(response, $"event: {part["type"]}\ndata: {part.ToJsonString()}\n\n");
            await response.OutputStream.FlushAsync();
        }
    }

    private async Task RefuseAsync(HttpListenerResponse response, string violation)
    {
        Refusals.Add(violation);
        response.StatusCode = (int)HttpStatusCode.BadRequest;
        await WriteAsync(response, new JsonObject { ["error"] = new JsonObject { ["message"] = violation, ["type"] = "invalid_request_error" } }.ToJsonString());
    }

    private async Task CompleteAsync(JsonObject request, HttpListenerResponse response)
    {
        var messages = ((JsonArray)request["messages"]!).Select(message => (JsonObject)message!).ToList();
        if (Violation(messages) is { } violation)
        {
            await RefuseAsync(response, violation);
            return;
        }

        var reply = ReplyTo(messages[^1]);
        var finish = reply["tool_calls"] is null ? "stop" : "tool_calls";
        var id = $"chatcmpl-{Guid.NewGuid():N}";
        if ((bool?)request["stream"] is true)
        {
            await StreamAsync(response, id, reply, finish);
            return;
        }

        response.ContentType = "application/json";
        await WriteAsync(response, new JsonObject
        {
            ["id"] = id,
            ["object"] = "chat.completion",
            ["created"] = 1_700_000_000,
            ["model"] = "gpt-test",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = reply, ["finish_reason"] = finish }),
            ["usage"] = Usage(),
        }.ToJsonString());
    }
}
