using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

/// <summary>A named map of key → JSON value in a session: variables, metadata, or the state of one tool.</summary>
/// <remarks>
/// <para>
/// Values are turned into JSON when they are set: later changes to the object have no effect, every <c>Get</c> returns a new object, and a
/// value reads the same before and after the commit. Keys are 1 to 512 bytes of UTF-8 without control characters.
/// </para>
/// <para>A JSON null reads like a missing value; <see cref="Contains"/> and <see cref="GetJson"/> tell the difference.</para>
/// <para>Changes become durable, all together, with the session's next commit.</para>
/// <para>
/// A section of <see cref="ThreadSession.User"/> or <see cref="ThreadSession.App"/> that was not read with the thread can be set; for all else it throws an
/// <see cref="InvalidOperationException"/> that says how to open the session. What the session itself has set can be read back.
/// </para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class StateSection
{
    private readonly SessionState _session;
    private readonly string _name;

    internal StateSection(SessionState session, string name)
    {
        _session = session;
        _name = name;
    }

    /// <summary>How many keys there are.</summary>
    public int Count => _session.Times.Any ? Keys.Count : Values?.Count ?? 0;

    /// <summary>The keys, in the order in which they were first set.</summary>
    public IReadOnlyCollection<string> Keys => Values is { } values ? [.. values.Keys.Where(key => !_session.Times.IsGone(_name, key))] : [];

    // Those whose time has passed are still among them.
    private Section? Values
    {
        get
        {
            RefuseToRead();
            return _session.State.Find(_name);
        }
    }

    /// <summary>Whether there is a value for a key.</summary>
    public bool Contains(string key) => TryGetRaw(key, out _);

    /// <summary>The JSON value of a key; null if there is none.</summary>
    public JsonElement? GetJson(string key) => TryGetRaw(key, out var json) ? Utf8Json.Parse(json) : null;

    /// <summary>The value of a key; <c>default</c> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The stored value is not a <typeparamref name="T"/>.</exception>
    public T? Get<T>(string key, JsonTypeInfo<T> typeInfo) => Get(key, default(T), typeInfo);

    /// <summary>The value of a key; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The stored value is not a <typeparamref name="T"/>.</exception>
    [return: NotNullIfNotNull(nameof(defaultValue))]
    public T? Get<T>(string key, T? defaultValue, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return TryGetRaw(key, out var json) && !Utf8Json.IsNull(json) ? Utf8Json.Read(json.Span, typeInfo, PathOf(key)) ?? defaultValue : defaultValue;
    }

    /// <summary>The value of a key; <c>default</c> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The stored value is not a <typeparamref name="T"/>.</exception>
    [RequiresUnreferencedCode(Reflection), RequiresDynamicCode(Reflection)]
    public T? Get<T>(string key) => Get(key, default, TypeInfo<T>());

    /// <summary>The value of a key; <paramref name="defaultValue"/> if there is none.</summary>
    /// <exception cref="InvalidStateValueException">The stored value is not a <typeparamref name="T"/>.</exception>
    [RequiresUnreferencedCode(Reflection), RequiresDynamicCode(Reflection)]
    [return: NotNullIfNotNull(nameof(defaultValue))]
    public T? Get<T>(string key, T? defaultValue) => Get(key, defaultValue, TypeInfo<T>());

    /// <summary>Sets a value.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The value cannot be JSON: NaN, a cycle, more than 64 levels, or a type without a JSON form.</exception>
    public void Set<T>(string key, T value, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        Utf8Json.CheckKey(key, _name);
        Put(key, Utf8Json.Write(value, typeInfo, PathOf(key)));
    }

    /// <summary>Sets a value.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The value cannot be JSON: NaN, a cycle, more than 64 levels, or a type without a JSON form.</exception>
    [RequiresUnreferencedCode(Reflection), RequiresDynamicCode(Reflection)]
    public void Set<T>(string key, T value) => Set(key, value, TypeInfo<T>());

    /// <summary>Sets a JSON value.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The element has no value or more than 64 levels.</exception>
    public void Set(string key, JsonElement value)
    {
        Utf8Json.CheckKey(key, _name);
        Put(key, Utf8Json.Raw(value, PathOf(key)));
    }

    /// <summary>Adds an element to the end of the array that a key has; a key without a value gets an array.</summary>
    /// <remarks>
    /// What is stored is the element, not the array, so that a list which grows in one value stays cheap. Two sessions that append to the same key do not conflict: with
    /// <see cref="OpenOptions.RebaseOnConflict"/> both elements are there, in the order of the commits.
    /// </remarks>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The element cannot be JSON, or the value of the key is not an array.</exception>
    public void Append<T>(string key, T element, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        Utf8Json.CheckKey(key, _name);
        var json = Utf8Json.Write(element, typeInfo, PathOf(key));
        RefuseToRead();
        RefuseToChange();
        if (_session.Times.IsGone(_name, key))
        {
            _session.Remove(_name, key);
        }

        if (_session.State.Peek(_name, key) is { } value && !JsonArrays.IsArray(value.Text))
        {
            throw new InvalidStateValueException($"{PathOf(key)} cannot be appended to: its value is not an array.");
        }

        _session.Append(_name, key, json);
    }

    /// <inheritdoc cref="Append{T}(string, T, JsonTypeInfo{T})"/>
    [RequiresUnreferencedCode(Reflection), RequiresDynamicCode(Reflection)]
    public void Append<T>(string key, T element) => Append(key, element, TypeInfo<T>());

    /// <summary>Removes a key.</summary>
    /// <returns>Whether there was a value.</returns>
    public bool Remove(string key)
    {
        RefuseToRead();
        RefuseToChange();
        var isThere = Contains(key);
        return _session.Remove(_name, key) && isThere;
    }

    /// <summary>Removes every key.</summary>
    public void Clear()
    {
        foreach (var key in Keys)
        {
            Remove(key);
        }
    }

    /// <summary>The name of the section and its keys; never a value.</summary>
    public override string ToString() => _session.IsRead ? Describe.Keys(_name, Keys) : $"{_name}, not read";

    private const string Reflection = "Uses reflection over the value's type. Pass a JsonTypeInfo where code is trimmed or compiled ahead of time.";

    private ValuePath PathOf(string key) => new(_name, key);

    private bool TryGetRaw(string key, out ReadOnlyMemory<byte> json)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (_session.State.TryGet(_name, key, out json))
        {
            return !_session.Times.IsGone(_name, key);
        }

        RefuseToRead();
        return false;
    }

    private void Put(string key, ReadOnlyMemory<byte> json)
    {
        RefuseToChange();
        _session.Set(_name, key, json);
    }

    [RequiresUnreferencedCode(Reflection), RequiresDynamicCode(Reflection)]
    private JsonTypeInfo<T> TypeInfo<T>() => JsonTypes.Of<T>(_session.Options.Json);
}
