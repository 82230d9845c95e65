using System.Runtime.InteropServices;
using System.Text.Json;

namespace Holdfast;

/// <summary>What a serializer made of a state, in a thread: a JSON object key by key, so that a write holds what changed, and all else as it is.</summary>
internal static class GrainDocument
{
    private const string Parts = "orleans";
    private const string Whole = "orleans/whole";
    private const string WholeKey = "base64";

    /// <summary>What was stored; null for nothing.</summary>
    public static BinaryData? Read(ThreadSession thread)
        => thread.Section(Parts) is { Count: > 0 } parts ? new(JsonMarshal.GetRawUtf8Value(parts.ToJson()).ToArray())
        : thread.Section(Whole).Get<string>(WholeKey) is { } whole ? new(Convert.FromBase64String(whole))
        : null;

    public static void Write(ThreadSession thread, BinaryData state)
    {
        if (ObjectOf(state) is { } json)
        {
            foreach (var property in json.EnumerateObject())
            {
                AppendTo(thread.Section(Parts), property.Name, property.Value);
            }

            thread.Section(Parts).Assign(json);
            thread.Section(Whole).Clear();
        }
        else
        {
            thread.Section(Parts).Clear();
            thread.Section(Whole).Set(WholeKey, Convert.ToBase64String(state));
        }
    }

    public static void Clear(ThreadSession thread)
    {
        thread.Section(Parts).Clear();
        thread.Section(Whole).Clear();
    }

    // Of a list that grew at its end, only what is new is stored.
    private static void AppendTo(StateSection section, string key, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array && section.GetJson(key) is { ValueKind: JsonValueKind.Array } stored && stored.GetArrayLength() is var length and > 0
            && length < value.GetArrayLength() && value.EnumerateArray().Take(length).SequenceEqual(stored.EnumerateArray(), SameJson.Instance))
        {
            foreach (var element in value.EnumerateArray().Skip(length))
            {
                section.Append(key, element);
            }
        }
    }

    // An object whose every name can be a key. What can be a thread id can be a key: the rule is the same.
    private static JsonElement? ObjectOf(BinaryData state)
    {
        if (state.ToMemory().Span is not [(byte)'{', ..])
        {
            return null;
        }

        try
        {
            var json = JsonElement.Parse(state, new() { AllowDuplicateProperties = false });
            return json.EnumerateObject().Any() && json.EnumerateObject().All(property => ThreadId.TryParse(property.Name, out _)) ? json : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed class SameJson : IEqualityComparer<JsonElement>
    {
        public static SameJson Instance { get; } = new();

        public bool Equals(JsonElement x, JsonElement y) => JsonElement.DeepEquals(x, y);

        public int GetHashCode(JsonElement obj) => 0;
    }
}
