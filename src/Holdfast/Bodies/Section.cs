using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Holdfast;

/// <summary>A section of a thread's state: key → JSON text, in the order in which the keys were first set.</summary>
/// <remarks>What is appended to an array is kept in pieces until someone asks for its text, so that folding many appends costs what they add.</remarks>
internal sealed class Section : IReadOnlyDictionary<string, ReadOnlyMemory<byte>>
{
    private readonly OrderedDictionary<string, SectionValue> _values = new(StringComparer.Ordinal);

    public int Count => _values.Count;

    public IEnumerable<string> Keys => _values.Keys;

    public IEnumerable<ReadOnlyMemory<byte>> Values => this.Select(pair => pair.Value);

    public ReadOnlyMemory<byte> this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException();

    public bool ContainsKey(string key) => _values.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out ReadOnlyMemory<byte> value)
    {
        value = default;
        if (!_values.TryGetValue(key, out var stored))
        {
            return false;
        }

        if (stored.IsInPieces)
        {
            _values[key] = stored = stored.Whole();
        }

        value = stored.Text;
        return true;
    }

    /// <summary>The value of a key as it is kept, for <see cref="Put"/>; null where there is none.</summary>
    public SectionValue? Peek(string key) => _values.TryGetValue(key, out var value) ? value : null;

    /// <summary>Where a key stands among the others; -1 if there is none.</summary>
    public int IndexOf(string key) => _values.IndexOf(key);

    /// <summary>Sets the value of a key, or removes it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; null to remove it.</param>
    /// <param name="index">Where a new key comes; null for after the others.</param>
    /// <returns>By how many bytes the values grow; less than 0 where they shrink.</returns>
    public long Put(string key, SectionValue? value, int? index = null)
    {
        var before = Peek(key)?.Bytes ?? 0;
        if (value is { } kept)
        {
            if (index is { } place && place < _values.Count && !_values.ContainsKey(key))
            {
                _values.Insert(place, key, kept);
            }
            else
            {
                _values[key] = kept;
            }

            return kept.Bytes - before;
        }

        _values.Remove(key);
        return -before;
    }

    public IEnumerator<KeyValuePair<string, ReadOnlyMemory<byte>>> GetEnumerator()
    {
        for (var i = 0; i < _values.Count; i++)
        {
            var (key, value) = _values.GetAt(i);
            if (value.IsInPieces)
            {
                _values.SetAt(i, value = value.Whole());
            }

            yield return new(key, value.Text);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
