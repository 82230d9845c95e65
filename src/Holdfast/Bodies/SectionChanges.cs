using System.Collections;

namespace Holdfast;

/// <summary>What a commit does to the sections: section → key → change, in the order in which it was done.</summary>
internal sealed class SectionChanges : IEnumerable<(string Section, string Key, KeyChange Change)>
{
    /// <summary>The largest map that is kept for later changes, in keys.</summary>
    private const int KeptKeys = 64;

    /// <summary>How many maps are kept.</summary>
    private const int KeptMaps = 16;

    private static readonly Dictionary<string, OrderedDictionary<string, KeyChange>> None = [];

    private Dictionary<string, OrderedDictionary<string, KeyChange>>? _sections;
    private Stack<OrderedDictionary<string, KeyChange>>? _spare;

    public bool IsEmpty => _sections is null || _sections.Count == 0;

    /// <summary>Whether any key of a section is changed.</summary>
    public bool Changes(string section) => _sections?.ContainsKey(section) ?? false;

    public bool TryGet(string section, string key, out KeyChange change)
    {
        change = default;
        return _sections is not null && _sections.TryGetValue(section, out var keys) && keys.TryGetValue(key, out change);
    }

    public void Set(string section, string key, ReadOnlyMemory<byte> value)
    {
        var keys = Of(section);
        if (keys.TryGetValue(key, out var earlier) && earlier is { Removes: true, Value: null })
        {
            // For those who read the commit, too, the key comes after the others from then on.
            keys.Remove(key);
        }

        keys[key] = new(earlier.Removes, value, null);
    }

    public void Remove(string section, string key) => Of(section)[key] = new(true, null, null);

    /// <summary>Adds an element to the array that a key has.</summary>
    public void Append(string section, string key, ReadOnlyMemory<byte> element)
    {
        var keys = Of(section);
        keys.TryGetValue(key, out var earlier);
        keys[key] = earlier with { Appended = [.. earlier.Appended ?? [], element] };
    }

    /// <summary>Notes that a key is removed before it is set.</summary>
    public void MarkRemoved(string section, string key)
    {
        var keys = Of(section);
        keys.TryGetValue(key, out var change);
        keys[key] = change with { Removes = true };
    }

    /// <summary>Forgets what was to be done to a key.</summary>
    public void Forget(string section, string key)
    {
        if (_sections is not null && _sections.TryGetValue(section, out var keys) && keys.Remove(key) && keys.Count == 0)
        {
            _sections.Remove(section);
        }
    }

    /// <summary>Forgets everything, and keeps the room for later changes.</summary>
    public void Clear()
    {
        if (IsEmpty)
        {
            return;
        }

        foreach (var keys in _sections!.Values)
        {
            if (keys.Count <= KeptKeys && (_spare ??= new()).Count < KeptMaps)
            {
                keys.Clear();
                _spare.Push(keys);
            }
        }

        _sections.Clear();
    }

    /// <summary>Adds the changes that were made after these.</summary>
    public void Add(SectionChanges later)
    {
        foreach (var (section, key, change) in later)
        {
            if (change.Removes)
            {
                Remove(section, key);
            }

            if (change.Value is { } value)
            {
                Set(section, key, value);
            }

            foreach (var element in change.Appended ?? [])
            {
                Append(section, key, element);
            }
        }
    }

    /// <summary>Goes through the changes without an object of its own: a commit does it several times.</summary>
    public Enumerator GetEnumerator() => new(_sections ?? None);

    IEnumerator<(string Section, string Key, KeyChange Change)> IEnumerable<(string Section, string Key, KeyChange Change)>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private OrderedDictionary<string, KeyChange> Of(string section)
    {
        _sections ??= new(StringComparer.Ordinal);
        if (!_sections.TryGetValue(section, out var keys))
        {
            _sections.Add(section, keys = _spare is { Count: > 0 } ? _spare.Pop() : new(StringComparer.Ordinal));
        }

        return keys;
    }

    public struct Enumerator(Dictionary<string, OrderedDictionary<string, KeyChange>> sections) : IEnumerator<(string Section, string Key, KeyChange Change)>
    {
        private Dictionary<string, OrderedDictionary<string, KeyChange>>.Enumerator _sections = sections.GetEnumerator();
        private OrderedDictionary<string, KeyChange>.Enumerator _keys;
        private bool _isInSection;

        public readonly (string Section, string Key, KeyChange Change) Current => (_sections.Current.Key, _keys.Current.Key, _keys.Current.Value);

        readonly object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            while (!_isInSection || !_keys.MoveNext())
            {
                if (!_sections.MoveNext())
                {
                    return false;
                }

                (_keys, _isInSection) = (_sections.Current.Value.GetEnumerator(), true);
            }

            return true;
        }

        public readonly void Reset() => throw new NotSupportedException();

        public readonly void Dispose()
        {
        }
    }
}
