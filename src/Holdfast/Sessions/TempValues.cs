using System.Diagnostics.CodeAnalysis;

namespace Holdfast;

/// <summary>Objects that live as long as the session and are never stored.</summary>
public sealed class TempValues
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>How many keys there are.</summary>
    public int Count => _values.Count;

    /// <summary>The object of a key; null if there is none.</summary>
    public object? this[string key]
    {
        get => _values.GetValueOrDefault(key);
        set => _values[key] = value;
    }

    /// <summary>The object of a key, if it is a <typeparamref name="T"/>; <paramref name="defaultValue"/> otherwise.</summary>
    [return: NotNullIfNotNull(nameof(defaultValue))]
    public T? Get<T>(string key, T? defaultValue = default) => _values.GetValueOrDefault(key) is T value ? value : defaultValue;

    /// <summary>Removes a key.</summary>
    public bool Remove(string key) => _values.Remove(key);

    /// <summary>Removes every key.</summary>
    public void Clear() => _values.Clear();
}
