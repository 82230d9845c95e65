using System.Buffers.Text;
using System.Text.Json;

namespace Holdfast.Logs;

/// <content>Writing.</content>
internal sealed partial class HeadMembers
{
    /// <summary>Writes what commits own of a head, as far as it does not follow from the entry that is told and from the head before it (<see cref="HeadFold.Derive"/>).</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="head">The head.</param>
    /// <param name="before">The head before it; null to tell the whole head.</param>
    /// <param name="entry">The entry; null where none is told.</param>
    public static void Write(Utf8JsonWriter writer, ThreadHead head, ThreadHead? before, LogEntry? entry)
    {
        var at = LineFormat.Stored(entry?.At);
        if (before is null)
        {
            LineFormat.WriteDigest(writer, "chain"u8, head.ChainHash);
        }
        else
        {
            WriteLink(writer, LinkOf(head.ChainHash));
        }

        if (head.KeyframeVersion != (before?.KeyframeVersion ?? (entry is { IsKeyframe: true } ? entry.Version : 0)))
        {
            writer.WriteNumber("keyframeVersion"u8, head.KeyframeVersion);
        }

        if (head.MessageCount != (before?.MessageCount ?? 0) + (entry?.MessageCount ?? 0))
        {
            writer.WriteNumber("total"u8, head.MessageCount);
        }

        if (head.Status != (before?.Status ?? default))
        {
            writer.WriteString("status"u8, head.Status.ToName());
        }

        WriteText(writer, "user"u8, head.UserId, before?.UserId);
        WriteText(writer, "agent"u8, head.Agent, before?.Agent);
        WriteInstant(writer, "created"u8, head.CreatedAt, before?.CreatedAt ?? at);
        WriteInstant(writer, "updated"u8, head.UpdatedAt, at);
        WriteInstant(writer, "expires"u8, head.ExpiresAt, before?.ExpiresAt);
        WriteInstant(writer, "deleted"u8, head.DeletedAt, before?.DeletedAt);
        WriteInstant(writer, "due"u8, head.DueAt, before?.DueAt);
        if (!IsSame(head.Terms, before?.Terms ?? []))
        {
            writer.WritePropertyName("terms"u8);
            HeadCodec.WriteTerms(writer, head.Terms);
        }

        if (!ThreadHead.IsSameMetadata(head.Metadata, before?.Metadata ?? ThreadHead.EmptyMetadata))
        {
            writer.WritePropertyName("metadata"u8);
            HeadCodec.WriteMetadata(writer, head.Metadata);
        }
    }

    /// <summary>Writes what maintenance owns of a head, all of it but the pins.</summary>
    public static void WriteMaintained(Utf8JsonWriter writer, ThreadHead head)
    {
        if (head.Revision != 0)
        {
            writer.WriteNumber("revision"u8, head.Revision);
        }

        if (head.Heartbeat != 0)
        {
            writer.WriteNumber("heartbeat"u8, head.Heartbeat);
        }

        if (head.Properties.Count > 0)
        {
            writer.WritePropertyName("properties"u8);
            HeadCodec.WriteProperties(writer, head.Properties);
        }
    }

    /// <summary>Writes pins, and the lives of those that are gone.</summary>
    public static void WritePins(Utf8JsonWriter writer, IReadOnlyList<Pin> pins, IReadOnlyList<CommitId> removed)
    {
        if (pins.Count == 0 && removed.Count == 0)
        {
            return;
        }

        writer.WriteStartObject("pins"u8);
        foreach (var life in removed)
        {
            writer.WriteNull(life.ToString());
        }

        foreach (var pin in pins)
        {
            writer.WritePropertyName(pin.Life.ToString());
            writer.WriteRawValue(HeadCodec.WritePin(pin), skipInputValidation: true);
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes what an update changed.</summary>
    public static void WriteUpdate(Utf8JsonWriter writer, HeadUpdate update, ThreadHead head)
    {
        if (update.MovesRevision)
        {
            writer.WriteNumber("revision"u8, head.Revision);
        }

        if (update.Beats)
        {
            writer.WriteNumber("heartbeat"u8, head.Heartbeat);
        }

        if (update.Expiry is not null)
        {
            LineFormat.WriteInstant(writer, "expires"u8, head.ExpiresAt);
        }

        if (update.Properties.Count > 0)
        {
            writer.WriteStartObject("properties"u8);
            foreach (var (name, value) in update.Properties)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
        }

        WritePins(writer, update.AddPins, update.RemovePins);
    }

    /// <summary>Writes again by what the line is chained to the one before it.</summary>
    public void WriteChain(Utf8JsonWriter writer)
    {
        if (Chain is { } chain)
        {
            LineFormat.WriteDigest(writer, "chain"u8, chain);
        }
        else if (Link is { } link)
        {
            WriteLink(writer, link);
        }
    }

    public static bool IsSame(IReadOnlyList<string> terms, IReadOnlyList<string> others)
        => ReferenceEquals(terms, others) || (terms.Count == others.Count && terms.SequenceEqual(others, StringComparer.Ordinal));

    private static void WriteLink(Utf8JsonWriter writer, ulong link)
    {
        Span<byte> text = stackalloc byte[16];
        Utf8Formatter.TryFormat(link, text, out _, new('x', 16));
        writer.WriteString("link"u8, text);
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
            LineFormat.WriteInstant(writer, name, value);
        }
    }
}
