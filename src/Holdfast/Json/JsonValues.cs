using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

/// <summary>Maps of key → JSON value outside of sessions: made, changed by copying, read and compared.</summary>
internal static class JsonValues
{
    public static readonly IReadOnlyDictionary<string, JsonElement> None = new Dictionary<string, JsonElement>().AsReadOnly();

    /// <summary>A copy with a value set. A key that is new comes last.</summary>
    public static IReadOnlyDictionary<string, JsonElement> With(IReadOnlyDictionary<string, JsonElement> values, string section, string key, JsonElement value)
        => new OrderedDictionary<string, JsonElement>(values, StringComparer.Ordinal) { [Utf8Json.CheckKey(key, section)] = value.Clone() }.AsReadOnly<string, JsonElement>();

    /// <inheritdoc cref="With(IReadOnlyDictionary{string, JsonElement}, string, string, JsonElement)"/>
    public static IReadOnlyDictionary<string, JsonElement> With<T>(
        IReadOnlyDictionary<string, JsonElement> values, string section, string key, T value, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        Utf8Json.CheckKey(key, section);
        return With(values, section, key, Utf8Json.Parse(Utf8Json.Write(value, typeInfo, $"{section}/{key}")));
    }

    /// <summary>A copy without a key; the same map when it has none.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Without(IReadOnlyDictionary<string, JsonElement> values, string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!values.ContainsKey(key))
        {
            return values;
        }

        var rest = new OrderedDictionary<string, JsonElement>(values, StringComparer.Ordinal);
        rest.Remove(key);
        return rest.AsReadOnly<string, JsonElement>();
    }

    public static T? Get<T>(IReadOnlyDictionary<string, JsonElement> values, string key, T? defaultValue, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(typeInfo);
        return values.TryGetValue(key, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? Utf8Json.Read(JsonMarshal.GetRawUtf8Value(value), typeInfo, $"The value of '{key}'") ?? defaultValue
            : defaultValue;
    }

    /// <summary>Whether two maps have the same keys with equal values, in whatever order.</summary>
    public static bool Same(IReadOnlyDictionary<string, JsonElement> left, IReadOnlyDictionary<string, JsonElement> right)
        => ReferenceEquals(left, right)
            || (left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var other) && Same(pair.Value, other)));

    /// <inheritdoc cref="Same(IReadOnlyDictionary{string, JsonElement}, IReadOnlyDictionary{string, JsonElement})"/>
    public static bool Same(
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonElement>> left, IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonElement>> right)
        => ReferenceEquals(left, right)
            || (left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var other) && Same(pair.Value, other)));

    private static bool Same(JsonElement left, JsonElement right)
        => left.ValueKind == right.ValueKind && (left.ValueKind == JsonValueKind.Undefined || JsonElement.DeepEquals(left, right));
}
