namespace Holdfast;

// Plain types need no reflection, so they have overloads of their own: AOT-compiled code gets no warnings.
public sealed partial class StateSection
{
    /// <summary>The value of a key that holds a text; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The stored value is something else.</exception>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(defaultValue))]
    public string? Get(string key, string? defaultValue) => Get(key, defaultValue, PlainJson.Relaxed.String);

    /// <summary>Sets a key to a text.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public void Set(string key, string value) => Set(key, value, PlainJson.Relaxed.String);

    /// <summary>The value of a key that holds true or false; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The stored value is something else.</exception>
    public bool Get(string key, bool defaultValue) => Get(key, defaultValue, PlainJson.Relaxed.Boolean);

    /// <summary>Sets a key to true or false.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public void Set(string key, bool value) => Set(key, value, PlainJson.Relaxed.Boolean);

    /// <summary>The value of a key that holds a whole number; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The stored value is something else.</exception>
    public int Get(string key, int defaultValue) => Get(key, defaultValue, PlainJson.Relaxed.Int32);

    /// <summary>Sets a key to a whole number.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public void Set(string key, int value) => Set(key, value, PlainJson.Relaxed.Int32);

    /// <summary>The value of a key that holds a whole number; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The stored value is something else.</exception>
    public long Get(string key, long defaultValue) => Get(key, defaultValue, PlainJson.Relaxed.Int64);

    /// <summary>Sets a key to a whole number.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public void Set(string key, long value) => Set(key, value, PlainJson.Relaxed.Int64);

    /// <summary>The value of a key that holds a number; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The stored value is something else.</exception>
    public double Get(string key, double defaultValue) => Get(key, defaultValue, PlainJson.Relaxed.Double);

    /// <summary>Sets a key to a number.</summary>
    /// <exception cref="InvalidStateValueException">The number is infinite or NaN, which JSON cannot hold.</exception>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public void Set(string key, double value) => Set(key, value, PlainJson.Relaxed.Double);
}
