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

    /// <summary>How many bytes an open call takes beyond its id and name, usually less.</summary>
    private const int OpenCallOverhead = 32;

    /// <summary>How many bytes an origin takes beyond its id, usually less.</summary>
    private const int OriginOverhead = 64;

    /// <summary>About how many bytes the keyframe of <paramref name="state"/> would take.</summary>
    public static long KeyframeSize(ThreadState state)
        => state.Bytes + (state.History.Ranges.Count * RangeSize) + state.OpenCalls.Calls.Sum(call => (long)call.Id.Length + (call.Name?.Length ?? 0) + OpenCallOverhead)
            + state.Origins.Sum(origin => (long)origin.Id.Value.Length + OriginOverhead) + KeyframeOverhead;

    /// <summary>Writes the body of a commit.</summary>
    /// <param name="body">What it says, but for a keyframe.</param>
    /// <param name="keyframe">The state that it carries as a keyframe; null when it is none.</param>
    public static WrittenBody Write(CommitBody body, KeyframeDraft? keyframe)
    {
        var keyframeBytes = 0;
        var scratch = JsonScratch.Take();
        var writer = scratch.Writer;
        writer.WriteStartObject();
        writer.WriteNumber("v"u8, CommitBody.Format);
        WriteTime(writer, body.At);
        WriteFeatures(writer, body, keyframe);
        WriteChange(writer, body, out var messagesAt);
        if (keyframe is not null)
        {
            var before = Position(writer);
            WriteState(writer, keyframe);
            keyframeBytes = Position(writer) - before;
        }

        writer.WriteEndObject();
        return new(scratch.Finish().ToArray(), keyframeBytes, messagesAt);
    }

    private static int Position(Utf8JsonWriter writer) => (int)(writer.BytesCommitted + writer.BytesPending);

    private static void WriteTime(Utf8JsonWriter writer, DateTimeOffset at)
    {
        Span<byte> text = stackalloc byte[24];
        at.UtcDateTime.TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        writer.WriteString("at"u8, text[..length]);
    }

    private static void WriteFeatures(Utf8JsonWriter writer, CommitBody body, KeyframeDraft? keyframe)
    {
        var isOfFork = keyframe?.State.Origins.Count > 0;
        if (body.NeedsTurns || isOfFork)
        {
            writer.WriteStartArray("must"u8);
            if (body.NeedsTurns)
            {
                writer.WriteStringValue(CommitBody.TurnsFeature);
            }

            if (isOfFork)
            {
                writer.WriteStringValue(CommitBody.ForksFeature);
            }

            writer.WriteEndArray();
        }
    }

    private static void WriteChange(Utf8JsonWriter writer, CommitBody body, out int messagesAt)
    {
        var change = body.Change;
        WriteOptional(writer, "by"u8, body.By);
        WriteOptional(writer, "user"u8, change.UserId);
        if (change.SetsAgent)
        {
            writer.WriteString("agent"u8, change.Agent);
        }

        WriteOptional(writer, "turn"u8, body.Turn);
        WriteOptional(writer, "reason"u8, body.Reason);
        WriteTags(writer, body.Tags);
        messagesAt = WriteMessages(writer, change.Messages);
        WriteRecords(writer, change.Records);
        if (!change.Sections.IsEmpty)
        {
            WriteSet(writer, change.Sections);
            WriteRemoved(writer, change.Sections);
            WriteAppended(writer, change.Sections);
        }

        WriteOptional(writer, "status"u8, change.Status?.ToName());
        if (change.History is var (visible, count))
        {
            writer.WritePropertyName("history"u8);
            visible.Write(writer);
            writer.WriteNumber("count"u8, count);
        }

        if (change.OpenCalls is { } calls)
        {
            WriteOpenCalls(writer, calls);
        }

        if (change.Deleted is { } deleted)
        {
            writer.WriteBoolean("deleted"u8, deleted);
        }

        if (change.Restores is { } restored)
        {
            writer.WriteNumber("restores"u8, restored);
        }

        if (change.Schema is { } schema)
        {
            writer.WriteNumber("schema"u8, schema);
        }

        change.Merges?.Write(writer);
        if (change.Closes)
        {
            writer.WriteBoolean("closes"u8, true);
        }
    }

    private static void WriteTags(Utf8JsonWriter writer, IReadOnlyList<string> tags)
    {
        if (tags.Count > 0)
        {
            writer.WriteStartArray("tags"u8);
            foreach (var tag in tags)
            {
                writer.WriteStringValue(tag);
            }

            writer.WriteEndArray();
        }
    }

    // Returns where the first message begins.
    private static int WriteMessages(Utf8JsonWriter writer, List<StoredMessage> messages)
    {
        if (messages.Count == 0)
        {
            return 0;
        }

        writer.WriteStartArray("messages"u8);
        var start = Position(writer);
        foreach (var message in messages)
        {
            WriteRaw(writer, message.Json);
        }

        writer.WriteEndArray();
        return start;
    }

    private static void WriteRecords(Utf8JsonWriter writer, List<StoredRecord> records)
    {
        if (records.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("records"u8);
        foreach (var record in records)
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, record.Kind);
            WriteOptional(writer, "name"u8, record.Name);
            if (record.Previous is { } previous)
            {
                writer.WritePropertyName("previous"u8);
                WriteRaw(writer, previous.ToJson());
            }

            WriteEarlier(writer, record.Earlier);
            writer.WritePropertyName("data"u8);
            WriteRaw(writer, record.Json);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteEarlier(Utf8JsonWriter writer, IReadOnlyList<RecordPlace> places)
    {
        if (places.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("earlier"u8);
        foreach (var place in places)
        {
            WriteRaw(writer, place.ToJson());
        }

        writer.WriteEndArray();
    }

    private static void WriteSet(Utf8JsonWriter writer, SectionChanges changes)
    {
        var groups = new Groups(writer, "set", isObject: true);
        foreach (var (section, key, change) in changes)
        {
            if (change.Value is { } value)
            {
                groups.Open(section);
                writer.WritePropertyName(key);
                WriteRaw(writer, value);
            }
        }

        groups.Close();
    }

    private static void WriteRemoved(Utf8JsonWriter writer, SectionChanges changes)
    {
        var groups = new Groups(writer, "remove", isObject: false);
        foreach (var (section, key, change) in changes)
        {
            if (change.Removes)
            {
                groups.Open(section);
                writer.WriteStringValue(key);
            }
        }

        groups.Close();
    }

    private static void WriteAppended(Utf8JsonWriter writer, SectionChanges changes)
    {
        var groups = new Groups(writer, "append", isObject: true);
        foreach (var (section, key, change) in changes)
        {
            if (change.Appended is { } elements)
            {
                groups.Open(section);
                writer.WriteStartArray(key);
                foreach (var element in elements)
                {
                    WriteRaw(writer, element);
                }

                writer.WriteEndArray();
            }
        }

        groups.Close();
    }

    private static void WriteState(Utf8JsonWriter writer, KeyframeDraft keyframe)
    {
        var state = keyframe.State;
        writer.WriteStartObject("state"u8);
        writer.WriteStartObject("set"u8);
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
        WriteOptional(writer, "user"u8, state.UserId);
        WriteOptional(writer, "agent"u8, state.Agent);
        writer.WriteString("status"u8, state.Status.ToName());
        writer.WritePropertyName("history"u8);
        keyframe.History.Visible.Write(writer);
        writer.WriteNumber("messages"u8, keyframe.History.Count);
        if (keyframe.OpenCalls.Calls.Count > 0)
        {
            WriteOpenCalls(writer, keyframe.OpenCalls);
        }

        if (state.IsDeleted)
        {
            writer.WriteBoolean("deleted"u8, true);
        }

        if (state.Schema > 1)
        {
            writer.WriteNumber("schema"u8, state.Schema);
        }

        Origin.WriteAll(writer, state.Origins);
        writer.WriteString("chain"u8, keyframe.ChainBefore.ToString());
        foreach (var (name, json) in state.Unknown)
        {
            writer.WritePropertyName(name);
            WriteRaw(writer, json);
        }

        writer.WriteEndObject();
    }

    private static void WriteOpenCalls(Utf8JsonWriter writer, OpenCalls open)
    {
        writer.WriteStartArray("openCalls"u8);
        foreach (var (id, name, version, index) in open.Calls)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(id);
            writer.WriteStringValue(name);
            writer.WriteNumberValue(version);
            writer.WriteNumberValue(index);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static void WriteOptional(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    // The texts were checked when they were made or read.
    private static void WriteRaw(Utf8JsonWriter writer, ReadOnlyMemory<byte> json)
        => writer.WriteRawValue(json.Span, skipInputValidation: true);

    // A member whose keys are grouped by section; it is written only if there are any.
    private struct Groups(Utf8JsonWriter writer, string name, bool isObject)
    {
        private string? _section;

        public void Open(string section)
        {
            if (section == _section)
            {
                return;
            }

            if (_section is null)
            {
                writer.WriteStartObject(name);
            }
            else
            {
                End();
            }

            _section = section;
            if (isObject)
            {
                writer.WriteStartObject(section);
            }
            else
            {
                writer.WriteStartArray(section);
            }
        }

        public readonly void Close()
        {
            if (_section is not null)
            {
                End();
                writer.WriteEndObject();
            }
        }

        private readonly void End()
        {
            if (isObject)
            {
                writer.WriteEndObject();
            }
            else
            {
                writer.WriteEndArray();
            }
        }
    }
}
