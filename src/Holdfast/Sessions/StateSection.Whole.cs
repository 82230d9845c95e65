using System.Buffers;
using System.Collections;
using System.Text.Json;

namespace Holdfast;

// The section as a whole.
public sealed partial class StateSection : IEnumerable<KeyValuePair<string, JsonElement>>
{
    /// <summary>The JSON value of a key; null if there is none.</summary>
    public JsonElement? this[string key] => GetJson(key);

    /// <summary>The section as one JSON object, its keys in the order in which they were first set.</summary>
    public JsonElement ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Utf8Json.WriterOptions))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in Remaining)
            {
                writer.WritePropertyName(key);
                writer.WriteRawValue(value.Span, skipInputValidation: true);
            }

            writer.WriteEndObject();
        }

        return Utf8Json.Parse(buffer.WrittenMemory);
    }

    /// <summary>Makes the section equal to a JSON object: sets the keys whose values differ, and removes those that the object does not have.</summary>
    /// <remarks>An equal value is left alone, so a commit holds only what really changed. If part of the object cannot be stored, nothing is changed.</remarks>
    /// <param name="value">The object.</param>
    /// <returns>Whether anything was changed.</returns>
    /// <exception cref="InvalidStateValueException">The JSON is not an object, has a key twice, or has a value nested deeper than 64 levels.</exception>
    /// <exception cref="InvalidIdentifierException">One of its keys cannot be a key.</exception>
    public bool Assign(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidStateValueException($"{_name} can be assigned a JSON object; it was given {value.ValueKind}.");
        }

        var wanted = new OrderedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            var key = Utf8Json.CheckKey(property.Name, _name);
            if (!wanted.TryAdd(key, Utf8Json.Raw(property.Value, PathOf(key))))
            {
                throw new InvalidStateValueException($"{PathOf(key)} cannot be assigned: the object has the key twice.");
            }
        }

        var isChanged = false;
        foreach (var key in Keys.Where(key => !wanted.ContainsKey(key)))
        {
            isChanged |= Remove(key);
        }

        foreach (var (key, json) in wanted)
        {
            if (!TryGetRaw(key, out var current) || !Utf8Json.Same(current, json))
            {
                Put(key, json);
                isChanged = true;
            }
        }

        return isChanged;
    }

    /// <summary>The keys and their JSON values, in the order in which the keys were first set. Changing the section meanwhile does no harm.</summary>
    public IEnumerator<KeyValuePair<string, JsonElement>> GetEnumerator()
    {
        foreach (var (key, value) in Remaining.ToList())
        {
            yield return new(key, Utf8Json.Parse(value));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> Remaining => Values?.Where(pair => !_session.Times.IsGone(_name, pair.Key)) ?? [];
}
