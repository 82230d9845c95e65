using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

// Values that are gone after a time.
public sealed partial class StateSection
{
    /// <summary>Sets a key to a text that is gone after a time.</summary>
    /// <inheritdoc cref="Set{T}(string, T, JsonTypeInfo{T}, TimeSpan)"/>
    public void Set(string key, string value, TimeSpan expiresIn) => Set(key, value, PlainJson.Relaxed.String, expiresIn);

    /// <summary>Sets a key to true or false, which is gone after a time.</summary>
    /// <inheritdoc cref="Set{T}(string, T, JsonTypeInfo{T}, TimeSpan)"/>
    public void Set(string key, bool value, TimeSpan expiresIn) => Set(key, value, PlainJson.Relaxed.Boolean, expiresIn);

    /// <summary>Sets a key to a whole number that is gone after a time.</summary>
    /// <inheritdoc cref="Set{T}(string, T, JsonTypeInfo{T}, TimeSpan)"/>
    public void Set(string key, int value, TimeSpan expiresIn) => Set(key, value, PlainJson.Relaxed.Int32, expiresIn);

    /// <summary>Sets a key to a whole number that is gone after a time.</summary>
    /// <inheritdoc cref="Set{T}(string, T, JsonTypeInfo{T}, TimeSpan)"/>
    public void Set(string key, long value, TimeSpan expiresIn) => Set(key, value, PlainJson.Relaxed.Int64, expiresIn);

    /// <summary>Sets a key to a number that is gone after a time.</summary>
    /// <inheritdoc cref="Set{T}(string, T, JsonTypeInfo{T}, TimeSpan)"/>
    public void Set(string key, double value, TimeSpan expiresIn) => Set(key, value, PlainJson.Relaxed.Double, expiresIn);

    /// <summary>Sets a JSON value that is gone after a time.</summary>
    /// <inheritdoc cref="Set{T}(string, T, JsonTypeInfo{T}, TimeSpan)"/>
    public void Set(string key, JsonElement value, TimeSpan expiresIn) => Put(key, Utf8Json.Raw(value, PathOf(Utf8Json.CheckKey(key, _name))), expiresIn);

    /// <summary>Sets a value that is gone after a time.</summary>
    /// <remarks>
    /// <para>
    /// Once the time has passed, nobody sees the key any more, in no version, and the next commit of the thread removes it. To set the key again without a time, or to remove
    /// it, ends the time; to append to it does not.
    /// </para>
    /// <para>
    /// Expiry is judged by the clock of the store, as for threads. A session takes the store's time when it is opened and counts on from there, so a clock that is set while
    /// it is open does not matter to it. A clock that is set back can show a key again as long as no commit has removed it, and never after that.
    /// </para>
    /// </remarks>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="typeInfo">The contract of its type.</param>
    /// <param name="expiresIn">How long it is kept from now on: more than zero and at most 36,500 days, to the millisecond.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of range.</exception>
    /// <exception cref="InvalidOperationException">The section is <see cref="ThreadSession.Metadata"/>, by which threads are listed without regard to times.</exception>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The value cannot be JSON: NaN, a cycle, more than 64 levels, or a type without a JSON form.</exception>
    /// <exception cref="ThreadAccessDeniedException">These are the variables of the application, in a user's view of the store.</exception>
    public void Set<T>(string key, T value, JsonTypeInfo<T> typeInfo, TimeSpan expiresIn)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        Utf8Json.CheckKey(key, _name);
        Put(key, Utf8Json.Write(value, typeInfo, PathOf(key)), expiresIn);
    }

    /// <summary>Sets a value that is gone after a time.</summary>
    /// <inheritdoc cref="Set{T}(string, T, JsonTypeInfo{T}, TimeSpan)"/>
    [RequiresUnreferencedCode(Reflection), RequiresDynamicCode(Reflection)]
    public void Set<T>(string key, T value, TimeSpan expiresIn) => Set(key, value, TypeInfo<T>(), expiresIn);

    private void Put(string key, ReadOnlyMemory<byte> json, TimeSpan expiresIn)
    {
        if (_name == SectionNames.Metadata)
        {
            throw new InvalidOperationException("Metadata cannot be set for a time: threads are listed by them, and a listing knows no times. Use another section.");
        }

        RefuseToChange();
        _session.Times.Set(_name, key, json, expiresIn);
    }
}
