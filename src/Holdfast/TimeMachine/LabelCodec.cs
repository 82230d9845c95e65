using System.Text.Json;

namespace Holdfast;

/// <summary>Labels as they are folded: name → version, time and author.</summary>
internal static class LabelCodec
{
    /// <summary>The label of a name; null if there is none.</summary>
    public static ThreadLabel? Find(ThreadState state, string name) => state.TryGet(SectionNames.Labels, name, out var json) ? Read(name, json) : null;

    /// <summary>All labels, by version, and those of one version by name.</summary>
    public static IReadOnlyList<ThreadLabel> ReadAll(ThreadState state)
        => [.. (state.Find(SectionNames.Labels) ?? []).Select(pair => Read(pair.Key, pair.Value)).OrderBy(label => label.Version).ThenBy(label => label.Name, StringComparer.Ordinal)];

    public static byte[] Write(ThreadLabel label)
        => JsonSerializer.SerializeToUtf8Bytes(new() { Version = label.Version, At = label.At.ToUnixTimeMilliseconds(), By = label.By }, LabelJson.Compact.LabelDocument);

    private static ThreadLabel Read(string name, ReadOnlyMemory<byte> json)
    {
        var document = JsonSerializer.Deserialize(json.Span, LabelJson.Compact.LabelDocument)!;
        return new(name, document.Version, DateTimeOffset.FromUnixTimeMilliseconds(document.At), document.By);
    }
}
