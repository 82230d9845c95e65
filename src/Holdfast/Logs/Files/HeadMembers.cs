using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>The members of a line (or of the index) that tell what of a head cannot be derived.</summary>
/// <remarks>A line tells only what differs from what follows from the line before it; a line with a chain hash follows from nothing, so it tells all.</remarks>
internal sealed partial class HeadMembers
{
    private List<Func<ThreadHead, ThreadHead>>? _changes;
    private HeadUpdate? _update;

    /// <summary>The chain hash, where it is told whole: then the head follows from this line alone.</summary>
    public Digest? Chain { get; private set; }

    public bool IsWhole => Chain is not null;

    /// <summary>The first 64 bits of the chain hash, where it follows from the line before.</summary>
    private ulong? Link { get; set; }

    /// <summary>Throws if an entry's line is not the one that was written after the line before it.</summary>
    public void CheckLink(long version, Digest chain)
    {
        if (Link is { } link && link != LinkOf(chain))
        {
            throw new FileDamageException(version, "the line does not belong after the one before it: one of them was changed, or is of another thread");
        }
    }

    /// <summary>Changes what was derived to what the members tell.</summary>
    /// <exception cref="UnknownFormatException">A newer version of the library wrote a status that this one does not know.</exception>
    public ThreadHead ApplyTo(ThreadHead derived)
    {
        foreach (var change in _changes ?? [])
        {
            derived = change(derived);
        }

        return _update is null ? derived : derived with { Properties = HeadRules.Properties(_update, derived.Properties) };
    }

    /// <summary>The pins after the line.</summary>
    public IReadOnlyList<Pin> ApplyTo(IReadOnlyList<Pin> pins) => _update is null ? pins : HeadRules.Pins(_update, pins);

    /// <summary>Reads the member that the reader is at, if it is one of a head's.</summary>
    public bool TryRead(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("chain"u8))
        {
            var chain = Digest.Parse(Text(ref reader)!);
            Chain = chain;
            Change(head => head with { ChainHash = chain });
        }
        else if (reader.ValueTextEquals("link"u8))
        {
            Link = ulong.Parse(Text(ref reader)!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }
        else if (reader.ValueTextEquals("keyframeVersion"u8))
        {
            var version = Number(ref reader);
            Change(head => head with { KeyframeVersion = version });
        }
        else if (reader.ValueTextEquals("total"u8))
        {
            var total = Number(ref reader);
            Change(head => head with { MessageCount = total });
        }
        else if (reader.ValueTextEquals("status"u8))
        {
            var name = Text(ref reader) ?? "";
            Change(head => head with { Status = ThreadStatusNames.Read(name, head.Key, head.Version) });
        }
        else if (reader.ValueTextEquals("user"u8))
        {
            var user = Text(ref reader);
            Change(head => head with { UserId = user });
        }
        else if (reader.ValueTextEquals("agent"u8))
        {
            var agent = Text(ref reader);
            Change(head => head with { Agent = agent });
        }
        else if (reader.ValueTextEquals("metadata"u8))
        {
            var metadata = HeadCodec.ReadMetadata(Element(ref reader));
            Change(head => head with { Metadata = metadata.Count == 0 ? ThreadHead.EmptyMetadata : metadata });
        }
        else if (reader.ValueTextEquals("terms"u8))
        {
            var terms = HeadCodec.ReadTerms(Element(ref reader));
            Change(head => head with { Terms = terms });
        }
        else
        {
            return TryReadInstant(ref reader) || TryReadMaintenance(ref reader);
        }

        return true;
    }

    public static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    public static long Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt64();
    }

    private static JsonElement Element(ref Utf8JsonReader reader)
    {
        reader.Read();
        return JsonElement.ParseValue(ref reader);
    }

    private static ulong LinkOf(Digest chain)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        chain.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    private void Change(Func<ThreadHead, ThreadHead> change) => (_changes ??= []).Add(change);

    private bool TryReadInstant(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("created"u8))
        {
            var instant = LineFormat.ParseInstant(Text(ref reader));
            Change(head => head with { CreatedAt = instant });
        }
        else if (reader.ValueTextEquals("updated"u8))
        {
            var instant = LineFormat.ParseInstant(Text(ref reader));
            Change(head => head with { UpdatedAt = instant });
        }
        else if (reader.ValueTextEquals("expires"u8))
        {
            var instant = Instant(ref reader);
            Change(head => head with { ExpiresAt = instant });
        }
        else if (reader.ValueTextEquals("deleted"u8))
        {
            var instant = Instant(ref reader);
            Change(head => head with { DeletedAt = instant });
        }
        else if (reader.ValueTextEquals("due"u8))
        {
            var instant = Instant(ref reader);
            Change(head => head with { DueAt = instant });
        }
        else
        {
            return false;
        }

        return true;
    }

    private static DateTimeOffset? Instant(ref Utf8JsonReader reader) => Text(ref reader) is { } text ? LineFormat.ParseInstant(text) : null;

    private bool TryReadMaintenance(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("revision"u8))
        {
            var revision = Number(ref reader);
            Change(head => head with { Revision = revision });
        }
        else if (reader.ValueTextEquals("heartbeat"u8))
        {
            var heartbeat = Number(ref reader);
            Change(head => head with { Heartbeat = heartbeat });
        }
        else if (reader.ValueTextEquals("properties"u8))
        {
            var properties = Element(ref reader).EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetString(), StringComparer.Ordinal);
            _update = (_update ?? NoUpdate) with { Properties = properties };
        }
        else if (reader.ValueTextEquals("pins"u8))
        {
            var pins = Element(ref reader).EnumerateObject().ToLookup(member => member.Value.ValueKind == JsonValueKind.Null);
            _update = (_update ?? NoUpdate) with
            {
                RemovePins = [.. pins[true].Select(pin => CommitId.Parse(pin.Name))],
                AddPins = [.. pins[false].Select(pin => HeadCodec.ReadPin(CommitId.Parse(pin.Name), System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(pin.Value).ToArray(), default))],
            };
        }
        else
        {
            return false;
        }

        return true;
    }

    private static HeadUpdate NoUpdate { get; } = new() { Key = default };
}
