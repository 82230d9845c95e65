using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Binds an approval to exactly what was asked: the thread's life, the turn, the call, the tool and its arguments, whatever the order of their keys.</summary>
internal static class CallHash
{
    public static string Of(CommitId life, TurnId turn, FunctionCallContent call)
    {
        var arguments = call.Arguments is null ? null : JsonSerializer.SerializeToNode(call.Arguments, MessageCodec.Options.GetTypeInfo(typeof(IDictionary<string, object?>)));
        var text = $"{life}\n{turn}\n{call.CallId}\n{call.Name}\n{Sorted(arguments)?.ToJsonString() ?? "null"}";
        return Digest.Compute(Encoding.UTF8.GetBytes(text)).ToString()[..32];
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
