using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Holdfast;

/// <summary>Writes commit bodies.</summary>
internal static class CommitBodyWriter
{
    /// <summary>How many bytes a keyframe takes beyond the texts of its keys and values.</summary>
    private const int KeyframeOverhead = 256;

    /// <summary>How many bytes a range of the visible history takes, usually less.</summary>
    private const int RangeSize = 32;

    /// <summary>The largest buffer that a thread keeps for the next commit, in bytes.</summary>
    private const int KeptBuffer = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <summary>About how many bytes the keyframe of <paramref name="state"/> would take.</summary>
    public static long KeyframeSize(ThreadState state) => state.Bytes + (state.History.Ranges.Count * RangeSize) + KeyframeOverhead;

    /// <summary>Writes the body of a commit.</summary>
    /// <param name="changes">What the commit changes.</param>
    /// <param name="at">When it is made.</param>
    /// <param name="options">What the caller says of it.</param>
    /// <param name="state">The state after the commit, but for its history.</param>
    /// <param name="history">The history after the commit.</param>
    /// <param name="changesHistory">Whether the commit changes what is visible otherwise than by appending.</param>
    /// <param name="chainBefore">The chain hash before the commit, when it is to be a keyframe.</param>
    /// <param name="keyframeBytes">How many of the bytes are those of the keyframe.</param>
    public static byte[] Write(
        ChangeSet changes,
        DateTimeOffset at,
        CommitOptions options,
        ThreadState state,
        HistoryView history,
        bool changesHistory,
        Digest? chainBefore,
        out int keyframeBytes)
    {
        keyframeBytes = 0;
        var buffer = _buffer ?? new(4096);
        _buffer = null;
        using (var writer = new Utf8JsonWriter(buffer, Utf8Json.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteNumber("v", CommitBody.Format);
            writer.WriteString("at", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            WriteOptional(writer, "user", changes.UserId);
            if (changes.SetsAgent || state.Agent is not null)
            {
                writer.WriteString("agent", state.Agent);
            }

            WriteOptional(writer, "reason", options.Reason);
            WriteTags(writer, options.Tags);
            WriteMessages(writer, changes.Messages);
            WriteSet(writer, changes);
            WriteRemoved(writer, changes);
            WriteOptional(writer, "status", changes.Status?.ToName());
            if (changesHistory)
            {
                writer.WritePropertyName("history");
                history.Visible.Write(writer);
                writer.WriteNumber("count", history.Count);
            }

            if (changes.Deleted is { } deleted)
            {
                writer.WriteBoolean("deleted", deleted);
            }

            if (chainBefore is { } chain)
            {
                var before = writer.BytesCommitted + writer.BytesPending;
                WriteState(writer, state, history, chain);
                keyframeBytes = (int)(writer.BytesCommitted + writer.BytesPending - before);
            }

            writer.WriteEndObject();
        }

        var body = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity <= KeptBuffer)
        {
            buffer.ResetWrittenCount();
            _buffer = buffer;
        }

        return body;
    }

    private static void WriteTags(Utf8JsonWriter writer, IReadOnlyList<string> tags)
    {
        if (tags.Count > 0)
        {
            writer.WriteStartArray("tags");
            foreach (var tag in tags)
            {
                writer.WriteStringValue(tag);
            }

            writer.WriteEndArray();
        }
    }

    private static void WriteMessages(Utf8JsonWriter writer, List<StoredMessage> messages)
    {
        if (messages.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("messages");
        foreach (var message in messages)
        {
            WriteRaw(writer, message.Json);
        }

        writer.WriteEndArray();
    }

    private static void WriteSet(Utf8JsonWriter writer, ChangeSet changes)
    {
        string? open = null;
        foreach (var (section, key) in changes.SetKeys)
        {
            if (section != open)
            {
                if (open is null)
                {
                    writer.WriteStartObject("set");
                }
                else
                {
                    writer.WriteEndObject();
                }

                writer.WriteStartObject(section);
                open = section;
            }

            writer.WritePropertyName(key);
            WriteRaw(writer, changes.Sections[section][key]!.Value);
        }

        if (open is not null)
        {
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }

    private static void WriteRemoved(Utf8JsonWriter writer, ChangeSet changes)
    {
        string? open = null;
        foreach (var (section, key) in changes.Removed)
        {
            if (section != open)
            {
                if (open is null)
                {
                    writer.WriteStartObject("remove");
                }
                else
                {
                    writer.WriteEndArray();
                }

                writer.WriteStartArray(section);
                open = section;
            }

            writer.WriteStringValue(key);
        }

        if (open is not null)
        {
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }

    private static void WriteState(Utf8JsonWriter writer, ThreadState state, HistoryView history, Digest chainBefore)
    {
        writer.WriteStartObject("state");
        writer.WriteStartObject("set");
        foreach (var (name, section) in state.Sections.Where(section => section.Value.Count > 0))
        {
            writer.WriteStartObject(name);
            foreach (var (key, value) in section)
            {
                writer.WritePropertyName(key);
                WriteRaw(writer, value);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        WriteOptional(writer, "user", state.UserId);
        WriteOptional(writer, "agent", state.Agent);
        writer.WriteString("status", state.Status.ToName());
        writer.WritePropertyName("history");
        history.Visible.Write(writer);
        writer.WriteNumber("messages", history.Count);
        if (state.IsDeleted)
        {
            writer.WriteBoolean("deleted", true);
        }

        writer.WriteString("chain", chainBefore.ToString());
        foreach (var (name, json) in state.Unknown)
        {
            writer.WritePropertyName(name);
            WriteRaw(writer, json);
        }

        writer.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    // The texts were checked when they were made or read.
    private static void WriteRaw(Utf8JsonWriter writer, ReadOnlyMemory<byte> json)
        => writer.WriteRawValue(json.Span, skipInputValidation: true);
}
