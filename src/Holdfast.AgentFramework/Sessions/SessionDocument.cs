using System.Text.Json;
using Microsoft.Agents.AI;

namespace Holdfast;

/// <summary>The JSON of an agent's session as keys of a section: <c>bag/NAME</c> for each entry of its state bag, <c>session/NAME</c> for all else.</summary>
internal static class SessionDocument
{
    private const string Bag = "bag/";
    private const string Rest = "session/";
    private const string BagProperty = "stateBag";

    /// <summary>The section of an agent, so that several can share a thread.</summary>
    public static StateSection SectionOf(ThreadSession thread, AIAgent agent) => thread.Section($"agent-framework/{agent.Name}");

    public static string BagKey(string name) => Bag + name;

    public static Dictionary<string, JsonElement> Flat(JsonElement session)
    {
        var flat = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in session.EnumerateObject())
        {
            if (property.Name != BagProperty || property.Value.ValueKind != JsonValueKind.Object)
            {
                flat[Rest + property.Name] = property.Value;
                continue;
            }

            foreach (var entry in property.Value.EnumerateObject())
            {
                flat[Bag + entry.Name] = entry.Value;
            }
        }

        return flat;
    }

    public static JsonElement Nested(IReadOnlyDictionary<string, JsonElement> flat)
    {
        var session = Those(Rest);
        session[BagProperty] = ToJson(Those(Bag));
        return ToJson(session);

        Dictionary<string, JsonElement> Those(string prefix) => flat.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value, StringComparer.Ordinal);
    }

    public static JsonElement ToJson(IEnumerable<KeyValuePair<string, JsonElement>> values) => JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement>(values, StringComparer.Ordinal), SessionJson.Default.DictionaryStringJsonElement);
}
