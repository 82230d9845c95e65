using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>The members of a line (or of the index) that tell what of a head cannot be derived.</summary>
/// <remarks>A line tells only what differs from what follows from the line before it; a line with a chain hash follows from nothing, so it tells all.</remarks>
internal sealed class HeadMembers
{
    private readonly List<Func<ThreadHead, ThreadHead>> _changes = [];

    /// <summary>The chain hash, where it is told whole: then the head follows from this line alone.</summary>
    public Digest? Chain { get; private set; }

    public bool IsWhole => Chain is not null;

    /// <summary>The first 64 bits of the chain hash, where it follows from the line before.</summary>
    private ulong? Link { get; set; }

    /// <summary>Throws if an entry's line is not the one that was written behind the line before it.</summary>
    public void CheckLink(long version, Digest chain)
    {
        if (Link is { } link && link != LinkOf(chain))
        {
            throw new FileDamageException(version, "the line does not belong behind the one before it: one of them was changed, or is of another thread");
        }
    }

    /// <summary>Changes what was derived to what the members tell.</summary>
    public ThreadHead ApplyTo(ThreadHead derived)
    {
        foreach (var change in _changes)
        {
            derived = change(derived);
        }

        return derived;
    }

    /// <summary>Writes the members by which <paramref name="head"/> differs from what is derived.</summary>
    public static void Write(Utf8JsonWriter writer, ThreadHead head, ThreadHead derived, bool whole)
    {
        if (whole)
        {
            writer.WriteString("chain"u8, head.ChainHash.ToString());
        }
        else
        {
            writer.WriteString("link"u8, LinkOf(head.ChainHash).ToString("x16", CultureInfo.InvariantCulture));
        }

        if (head.KeyframeVersion != derived.KeyframeVersion)
        {
            writer.WriteNumber("keyframeVersion"u8, head.KeyframeVersion);
        }

        if (head.MessageCount != derived.MessageCount)
        {
            writer.WriteNumber("total"u8, head.MessageCount);
        }

        if (head.Status != derived.Status)
        {
            writer.WriteString("status"u8, head.Status.ToName());
        }

        WriteText(writer, "user"u8, head.UserId, derived.UserId);
        WriteText(writer, "agent"u8, head.Agent, derived.Agent);
        WriteInstant(writer, "created"u8, head.CreatedAt, derived.CreatedAt);
        WriteInstant(writer, "updated"u8, head.UpdatedAt, derived.UpdatedAt);
        WriteInstant(writer, "expires"u8, head.ExpiresAt, derived.ExpiresAt);
        WriteInstant(writer, "deleted"u8, head.DeletedAt, derived.DeletedAt);
        if (!ThreadHead.IsSameMetadata(head.Metadata, derived.Metadata))
        {
            writer.WritePropertyName("metadata"u8);
            MetadataJson.Write(writer, head.Metadata);
        }
    }

    /// <summary>Reads the member that the reader is at, if it is one of a head's.</summary>
    public bool TryRead(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("chain"u8))
        {
            var chain = Digest.Parse(Text(ref reader)!);
            Chain = chain;
            _changes.Add(head => head with { ChainHash = chain });
        }
        else if (reader.ValueTextEquals("link"u8))
        {
            Link = ulong.Parse(Text(ref reader)!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }
        else if (reader.ValueTextEquals("keyframeVersion"u8))
        {
            var version = Number(ref reader);
            _changes.Add(head => head with { KeyframeVersion = version });
        }
        else if (reader.ValueTextEquals("total"u8))
        {
            var total = Number(ref reader);
            _changes.Add(head => head with { MessageCount = total });
        }
        else if (reader.ValueTextEquals("status"u8))
        {
            var name = Text(ref reader);
            var status = ThreadStatusNames.TryParse(name ?? "", out var known) ? known : throw new FormatException($"There is no status '{name}'.");
            _changes.Add(head => head with { Status = status });
        }
        else if (reader.ValueTextEquals("user"u8))
        {
            var user = Text(ref reader);
            _changes.Add(head => head with { UserId = user });
        }
        else if (reader.ValueTextEquals("agent"u8))
        {
            var agent = Text(ref reader);
            _changes.Add(head => head with { Agent = agent });
        }
        else if (reader.ValueTextEquals("metadata"u8))
        {
            reader.Read();
            var metadata = MetadataJson.Read(ref reader);
            _changes.Add(head => head with { Metadata = metadata });
        }
        else
        {
            return TryReadInstant(ref reader);
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

    private static ulong LinkOf(Digest chain)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        chain.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    private bool TryReadInstant(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("created"u8))
        {
            var instant = LineFormat.ParseInstant(Text(ref reader));
            _changes.Add(head => head with { CreatedAt = instant });
        }
        else if (reader.ValueTextEquals("updated"u8))
        {
            var instant = LineFormat.ParseInstant(Text(ref reader));
            _changes.Add(head => head with { UpdatedAt = instant });
        }
        else if (reader.ValueTextEquals("expires"u8))
        {
            DateTimeOffset? instant = Text(ref reader) is { } text ? LineFormat.ParseInstant(text) : null;
            _changes.Add(head => head with { ExpiresAt = instant });
        }
        else if (reader.ValueTextEquals("deleted"u8))
        {
            DateTimeOffset? instant = Text(ref reader) is { } text ? LineFormat.ParseInstant(text) : null;
            _changes.Add(head => head with { DeletedAt = instant });
        }
        else
        {
            return false;
        }

        return true;
    }

    private static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value, string? derived)
    {
        if (value != derived)
        {
            writer.WriteString(name, value);
        }
    }

    private static void WriteInstant(Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTimeOffset? value, DateTimeOffset? derived)
    {
        if (value != derived)
        {
            writer.WriteString(name, value is { } instant ? LineFormat.Format(instant) : null);
        }
    }
}
