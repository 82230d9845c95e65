using System.Text;
using System.Text.Json;

namespace Holdfast;

/// <summary>A checkpoint as parts, so that those which stayed as they were are not written again.</summary>
internal static class CheckpointParts
{
    private const int Depth = 2;
    private const int LongestKey = 400;

    /// <summary>One object, whose keys are paths into the checkpoint.</summary>
    public static JsonElement Of(JsonElement checkpoint)
    {
        if (checkpoint.ValueKind != JsonValueKind.Object || !checkpoint.EnumerateObject().Any())
        {
            throw new ArgumentException($"A checkpoint is a JSON object with members; this one is {checkpoint.ValueKind}.", nameof(checkpoint));
        }

        var parts = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        Add("", checkpoint, 0);
        return SessionDocument.ToJson(parts);

        void Add(string path, JsonElement value, int depth)
        {
            if (depth < Depth && value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Any() && value.EnumerateObject().All(property => Encoding.UTF8.GetByteCount(PathOf(path, property)) <= LongestKey))
            {
                foreach (var property in value.EnumerateObject())
                {
                    Add(PathOf(path, property), property.Value, depth + 1);
                }
            }
            else
            {
                parts[path] = value;
            }
        }
    }

    public static JsonElement Join(IReadOnlyDictionary<string, JsonElement> parts)
    {
        var groups = parts.GroupBy(part => part.Key.Split('/')[0], StringComparer.Ordinal);
        return SessionDocument.ToJson(groups.Select(group => KeyValuePair.Create(
            Uri.UnescapeDataString(group.Key),
            group.First().Key == group.Key
                ? group.First().Value
                : SessionDocument.ToJson(group.Select(part => KeyValuePair.Create(Uri.UnescapeDataString(part.Key[(group.Key.Length + 1)..]), part.Value))))));
    }

    private static string PathOf(string path, JsonProperty property) => path.Length == 0 ? Uri.EscapeDataString(property.Name) : $"{path}/{Uri.EscapeDataString(property.Name)}";
}
