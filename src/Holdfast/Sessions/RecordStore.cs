using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

/// <summary>Values of a thread that are read one by one. Each is stored once, with the commit that puts it; opening the thread does not read it, and keyframes do not repeat it.</summary>
/// <remarks>For what is large, or many: results of tools, documents, checkpoints. What a thread needs each time it is opened belongs in <see cref="ThreadSession.Variables"/>.</remarks>
public sealed class RecordStore
{
    private const string Reflection = "Uses reflection over the value's type. Pass a JsonTypeInfo where code is trimmed or compiled ahead of time.";

    private readonly SessionState _session;

    internal RecordStore(SessionState session) => _session = session;

    /// <summary>The names of the records.</summary>
    public IReadOnlyCollection<string> Names => [.. _session.Records.Names.Where(name => !SectionNames.IsReserved(name))];

    /// <summary>Whether there is a record with a name.</summary>
    public bool Contains(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return !SectionNames.IsReserved(name) && _session.Records.Contains(name);
    }

    /// <summary>Stores a value under a name with the next commit; a record that had the name stays readable at earlier versions.</summary>
    /// <exception cref="InvalidIdentifierException">The name cannot be a key.</exception>
    /// <exception cref="InvalidStateValueException">The value cannot be JSON.</exception>
    public void Put<T>(string name, T value, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        if (SectionNames.IsReserved(Utf8Json.CheckKey(name, "records")))
        {
            throw new InvalidIdentifierException($"The record '{name}' cannot be used: names that begin with '$' are kept for internal use.");
        }

        _session.Records.Put(name, Utf8Json.Write(value, typeInfo, PathOf(name)));
    }

    /// <inheritdoc cref="Put{T}(string, T, JsonTypeInfo{T})"/>
    [RequiresUnreferencedCode(Reflection), RequiresDynamicCode(Reflection)]
    public void Put<T>(string name, T value) => Put(name, value, JsonTypes.Of<T>(_session.Options.Json));

    /// <summary>Reads the value of a record; <c>default</c> if there is none. One that the session has not put itself is read from the log.</summary>
    /// <exception cref="InvalidStateValueException">The value is not a <typeparamref name="T"/>.</exception>
    /// <exception cref="HistoryDroppedException">The version that has it was dropped.</exception>
    /// <exception cref="CorruptStateException">The version that has it is damaged.</exception>
    public async ValueTask<T?> GetAsync<T>(string name, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(typeInfo);
        return await ReadOwnAsync(name, cancellationToken).ConfigureAwait(false) is { } json ? Utf8Json.Read(json.Span, typeInfo, PathOf(name)) : default;
    }

    /// <inheritdoc cref="GetAsync{T}(string, JsonTypeInfo{T}, CancellationToken)"/>
    [RequiresUnreferencedCode(Reflection), RequiresDynamicCode(Reflection)]
    public ValueTask<T?> GetAsync<T>(string name, CancellationToken cancellationToken = default) => GetAsync(name, JsonTypes.Of<T>(_session.Options.Json), cancellationToken);

    /// <summary>Reads the JSON value of a record; null if there is none.</summary>
    /// <inheritdoc cref="GetAsync{T}(string, JsonTypeInfo{T}, CancellationToken)"/>
    public async ValueTask<JsonElement?> GetJsonAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return await ReadOwnAsync(name, cancellationToken).ConfigureAwait(false) is { } json ? Utf8Json.Parse(json) : null;
    }

    /// <summary>Forgets a record with the next commit; earlier versions still have it.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return !SectionNames.IsReserved(name) && _session.Records.Remove(name);
    }

    /// <summary>The names of the records; never a value.</summary>
    public override string ToString() => Describe.Keys("records", Names);

    private async ValueTask<ReadOnlyMemory<byte>?> ReadOwnAsync(string name, CancellationToken cancellationToken)
        => SectionNames.IsReserved(name) ? null : await _session.Records.ReadAsync(name, cancellationToken).ConfigureAwait(false);

    private static ValuePath PathOf(string name) => new("records", name);
}
