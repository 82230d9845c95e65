namespace Holdfast;

/// <summary>What a migration makes of a key.</summary>
/// <param name="Section">The section.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">Its new value; null if it goes.</param>
internal readonly record struct MigratedKey(string Section, string Key, ReadOnlyMemory<byte>? Value)
{
    /// <summary>Changes a state.</summary>
    public void ApplyTo(ThreadState state)
    {
        if (Value is { } value)
        {
            state.Set(Section, Key, value);
        }
        else
        {
            state.Remove(Section, Key);
        }
    }
}
