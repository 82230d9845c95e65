using System.Text.Json.Nodes;

namespace Holdfast.Chat.Tests.Wire;

/// <summary>The responses of OpenAI, whose service can keep the conversation itself: what it refuses, and what it answers.</summary>
internal sealed class ResponsesApi
{
    private readonly Dictionary<string, IReadOnlyList<JsonObject>> _kept = new(StringComparer.Ordinal);

    /// <summary>The whole conversation of a request: what the service kept, and what is new.</summary>
    public List<JsonObject> ConversationOf(JsonObject request)
    {
        var before = (string?)request["previous_response_id"] is { } id ? _kept[id] : [];
        return [.. before, .. ((JsonArray)request["input"]!).Select(item => (JsonObject)item!)];
    }

    public static string? Violation(IReadOnlyList<JsonObject> items)
    {
        var calls = new HashSet<string>(StringComparer.Ordinal);
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var id = (string?)item["call_id"] ?? "";
            switch ((string?)item["type"] ?? "message")
            {
                case "function_call" when !calls.Add(id):
                    return $"Duplicate item found with call_id {id}.";
                case "function_call":
                    open.Add(id);
                    break;
                case "function_call_output" when !open.Remove(id):
                    return $"No tool call found for function call output with call_id {id}.";
                case "message" when item["content"] is null or JsonArray { Count: 0 }:
                    return "Invalid value for 'content'.";
            }
        }

        return open.Count > 0 ? $"No tool output found for function call {string.Join(", ", open)}." : null;
    }

    /// <summary>A response to a conversation, which is kept under its id.</summary>
    public JsonObject Respond(IReadOnlyList<JsonObject> items)
    {
        var id = $"resp_{Guid.NewGuid():N}";
        var output = OutputFor(items[^1]);
        _kept[id] = [.. items, .. output.Select(item => (JsonObject)item.DeepClone())];
        return new()
        {
            ["id"] = id,
            ["object"] = "response",
            ["created_at"] = 1_700_000_000,
            ["status"] = "completed",
            ["model"] = "gpt-test",
            ["output"] = new JsonArray([.. output]),
            ["parallel_tool_calls"] = true,
            ["tool_choice"] = "auto",
            ["tools"] = new JsonArray(),
            ["usage"] = new JsonObject
            {
                ["input_tokens"] = 20,
                ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = 0 },
                ["output_tokens"] = 5,
                ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = 0 },
                ["total_tokens"] = 25,
            },
        };
    }

    /// <summary>The events of a streamed response.</summary>
    public static IEnumerable<JsonObject> EventsOf(JsonObject response)
    {
        var number = 0;
        var begun = (JsonObject)response.DeepClone();
        (begun["status"], begun["output"]) = ("in_progress", new JsonArray());
        yield return Event("response.created", ("response", begun));
        var index = 0;
        foreach (var item in ((JsonArray)response["output"]!).Select(item => (JsonObject)item!))
        {
            yield return Event("response.output_item.added", ("output_index", index), ("item", item.DeepClone()));
            if ((string?)item["type"] == "message")
            {
                yield return Event(
                    "response.output_text.delta", ("item_id", (string)item["id"]!), ("output_index", index), ("content_index", 0), ("delta", (string)item["content"]![0]!["text"]!));
            }

            yield return Event("response.output_item.done", ("output_index", index++), ("item", item.DeepClone()));
        }

        yield return Event("response.completed", ("response", response.DeepClone()));

        JsonObject Event(string type, params (string Name, JsonNode Value)[] members)
        {
            var json = new JsonObject { ["type"] = type, ["sequence_number"] = number++ };
            foreach (var (name, value) in members)
            {
                json[name] = value;
            }

            return json;
        }
    }

    private static List<JsonObject> OutputFor(JsonObject last)
    {
        var isResult = (string?)last["type"] == "function_call_output";
        var text = last["content"] is JsonArray parts ? string.Concat(parts.Select(part => (string?)part!["text"])) : (string?)last["content"] ?? "";
        return (isResult, text) switch
        {
            (false, var said) when said.Contains("weather", StringComparison.Ordinal) => [Call("weather")],
            (false, var said) when said.Contains("compare", StringComparison.Ordinal) => [Call("weather"), Call("weather")],
            (false, var said) when said.Contains("delete", StringComparison.Ordinal) => [Call("delete")],
            _ => [Message(isResult ? "done" : "ok")],
        };
    }

    private static JsonObject Call(string name) => new()
    {
        ["type"] = "function_call",
        ["id"] = $"fc_{Guid.NewGuid():N}",
        ["call_id"] = $"call_{Guid.NewGuid():N}",
        ["name"] = name,
        ["arguments"] = "{\"city\":\"Paris\"}",
        ["status"] = "completed",
    };

    private static JsonObject Message(string text) => new()
    {
        ["type"] = "message",
        ["id"] = $"msg_{Guid.NewGuid():N}",
        ["status"] = "completed",
        ["role"] = "assistant",
        ["content"] = new JsonArray(new JsonObject { ["type"] = "output_text", ["text"] = text, ["annotations"] = new JsonArray() }),
    };
}
