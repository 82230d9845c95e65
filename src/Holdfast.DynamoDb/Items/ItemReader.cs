namespace Holdfast.DynamoDb.Items;

/// <summary>Reads the attributes of a head or an entry. What is missing or not what was written is damage, also where an attribute may be missing.</summary>
/// <param name="item">The item.</param>
/// <param name="key">The thread.</param>
/// <param name="version">The version of the entry; 0 for the head.</param>
internal readonly struct ItemReader(Item item, ThreadKey key, long version)
{
    public string Text(string name) => TextOrNull(name) ?? throw Corrupt(name);

    public string? TextOrNull(string name) => item.ContainsKey(name) ? item.Text(name) ?? throw Corrupt(name) : null;

    public long Number(string name) => NumberOrNull(name) ?? throw Corrupt(name);

    public long? NumberOrNull(string name) => item.ContainsKey(name) ? item.Number(name) ?? throw Corrupt(name) : null;

    /// <summary>A number that is in a range.</summary>
    public long Number(string name, long from, long to)
        => Number(name) is var number && number >= from && number <= to
            ? number
            : throw new CorruptStateException(key, version, $"the attribute '{name}' of its {Kind} was expected to be {from} to {to}; it is {number}.");

    public DateTimeOffset Instant(string name) => InstantOrNull(name) ?? throw Corrupt(name);

    public DateTimeOffset? InstantOrNull(string name)
        => item.ContainsKey(name)
            ? Instants.From(Number(name, Instants.First, Instants.Last))
            : null;

    public bool Flag(string name) => item.TryGetValue(name, out var value) && (value.BOOL ?? throw Corrupt(name));

    public Digest Digest(string name) => item.Digest(name) ?? throw Corrupt(name);

    public ReadOnlyMemory<byte> Bytes(string name) => item.Bytes(name) ?? throw Corrupt(name);

    public CorruptStateException Corrupt(string name) => new(key, version, $"the attribute '{name}' of its {Kind} is missing or of the wrong kind.");

    private string Kind => version == 0 ? "head" : "entry";
}
