using System.Buffers.Text;
using System.Text.Json;

namespace Holdfast.Logs;

/// <content>Writing.</content>
internal sealed partial class HeadMembers
{
    /// <summary>Writes what commits own of a head, as far as it differs from what is derived.</summary>
    public static void Write(Utf8JsonWriter writer, ThreadHead head, ThreadHead derived, bool whole)
    {
        if (whole)
        {
            LineFormat.WriteDigest(writer, "chain"u8, head.ChainHash);
        }
        else
        {
            WriteLink(writer, LinkOf(head.ChainHash));
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
        WriteInstant(writer, "due"u8, head.DueAt, derived.DueAt);
        if (!head.Terms.SequenceEqual(derived.Terms, StringComparer.Ordinal))
        {
            writer.WritePropertyName("terms"u8);
            HeadCodec.WriteTerms(writer, head.Terms);
        }

        if (!ThreadHead.IsSameMetadata(head.Metadata, derived.Metadata))
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
