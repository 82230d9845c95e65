using System.Text;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Rows;

/// <summary>Reads the attributes of a head or an entry. What is missing or not what was written is damage, also where an attribute may be missing.</summary>
/// <param name="item">The item.</param>
/// <param name="key">The thread.</param>
/// <param name="version">The version of the entry; 0 for the head.</param>
internal readonly struct ItemReader(Item item, ThreadKey key, long version)
{
    public string Text(string name) => TextOrNull(name) ?? throw Corrupt(name);

    public string? TextOrNull(string name) => item.ContainsKey(name) ? item.Text(name) ?? throw Corrupt(name) : null;

    /// <summary>Text as UTF-8; empty if the attribute is not there.</summary>
    public ReadOnlyMemory<byte> Utf8(string name) => TextOrNull(name) is { } text ? Encoding.UTF8.GetBytes(text) : default;

    public long Number(string name) => NumberOrNull(name) ?? throw Corrupt(name);

    public long? NumberOrNull(string name) => item.ContainsKey(name) ? item.Number(name) ?? throw Corrupt(name) : null;

    /// <summary>A number that is in a range.</summary>
    public long Number(string name, long from, long to) => InRange(name, Number(name), from, to);

    /// <summary>A number that is in a range; null if the attribute is not there.</summary>
    public long? NumberOrNull(string name, long from, long to) => NumberOrNull(name) is { } number ? InRange(name, number, from, to) : null;

    /// <summary>A number of at least <paramref name="from"/> that is there twice, under two names; null if it is there under neither.</summary>
    public long? Twice(string name, string again, long from)
        => NumberOrNull(name, from, long.MaxValue) is var number && number == NumberOrNull(again) ? number : throw Changed(name, again);

    public DateTimeOffset Instant(string name) => Instants.Read(Number(name), key, version);

    public DateTimeOffset? InstantOrNull(string name) => Instants.Read(NumberOrNull(name), key, version);

    public bool Flag(string name) => item.TryGetValue(name, out var value) && (value.BOOL ?? throw Corrupt(name));

    public Digest Digest(string name) => item.Digest(name) ?? throw Corrupt(name);

    public Digest? DigestOrNull(string name) => item.ContainsKey(name) ? Digest(name) : null;

    public ReadOnlyMemory<byte> Bytes(string name) => item.Bytes(name) ?? throw Corrupt(name);

    public CorruptStateException Corrupt(string name) => new(key, version, $"the attribute '{name}' of its {Kind} is missing or of the wrong kind.");

    public CorruptStateException Changed(string name, string guard) => new(key, version, $"the attribute '{name}' of its {Kind} is not what was written: '{guard}' does not fit it.");

    private string Kind => version == 0 ? "head" : "entry";

    private long InRange(string name, long number, long from, long to) => number >= from && number <= to
        ? number
        : throw new CorruptStateException(key, version, $"the attribute '{name}' of its {Kind} was expected to be {from} to {to}; it is {number}.");
}
