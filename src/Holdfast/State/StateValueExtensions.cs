using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

/// <summary>Reads the values of an <see cref="AgentState"/> or a <see cref="ThreadInfo"/> as a <see cref="StateSection"/> does: <c>state.Variables.Get("name", "Anonymous")</c>.</summary>
/// <remarks>A JSON null reads like a missing value.</remarks>
public static class StateValueExtensions
{
    /// <summary>The value of a key that holds a text; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The value is something else.</exception>
    [return: NotNullIfNotNull(nameof(defaultValue))]
    public static string? Get(this IReadOnlyDictionary<string, JsonElement> values, string key, string? defaultValue)
        => JsonValues.Get(values, key, defaultValue, PlainJson.Relaxed.String);

    /// <summary>The value of a key that holds true or false; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The value is something else.</exception>
    public static bool Get(this IReadOnlyDictionary<string, JsonElement> values, string key, bool defaultValue)
        => JsonValues.Get(values, key, defaultValue, PlainJson.Relaxed.Boolean);

    /// <summary>The value of a key that holds a whole number; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The value is something else.</exception>
    public static int Get(this IReadOnlyDictionary<string, JsonElement> values, string key, int defaultValue)
        => JsonValues.Get(values, key, defaultValue, PlainJson.Relaxed.Int32);

    /// <summary>The value of a key that holds a whole number; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The value is something else.</exception>
    public static long Get(this IReadOnlyDictionary<string, JsonElement> values, string key, long defaultValue)
        => JsonValues.Get(values, key, defaultValue, PlainJson.Relaxed.Int64);

    /// <summary>The value of a key that holds a number; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The value is something else.</exception>
    public static double Get(this IReadOnlyDictionary<string, JsonElement> values, string key, double defaultValue)
        => JsonValues.Get(values, key, defaultValue, PlainJson.Relaxed.Double);

    /// <summary>The value of a key; <c>default</c> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The value is not a <typeparamref name="T"/>.</exception>
    public static T? Get<T>(this IReadOnlyDictionary<string, JsonElement> values, string key, JsonTypeInfo<T> typeInfo)
        => JsonValues.Get(values, key, default, typeInfo);

    /// <summary>The value of a key; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The value is not a <typeparamref name="T"/>.</exception>
    [return: NotNullIfNotNull(nameof(defaultValue))]
    public static T? Get<T>(this IReadOnlyDictionary<string, JsonElement> values, string key, T? defaultValue, JsonTypeInfo<T> typeInfo)
        => JsonValues.Get(values, key, defaultValue, typeInfo);
}
