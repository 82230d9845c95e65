using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Holdfast;

/// <summary>The JSON of differences.</summary>
internal static class ThreadDiffJson
{
    public static string Write(ThreadDiff diff, bool indented)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Utf8Json.WriterOptions with { Indented = indented, MaxDepth = Utf8Json.MaxBodyDepth }))
        {
            Write(writer, diff);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, ThreadDiff diff)
    {
        writer.WriteStartObject();
        Write(writer, "from", diff.From);
        Write(writer, "to", diff.To);
        Write(writer, "status", diff.Status is { } status ? new ValueDiff<string?>(status.Before.ToName(), status.After.ToName()) : null);
        Write(writer, "agent", diff.Agent);
        Write(writer, "owner", diff.Owner);
        writer.WriteStartArray("keys");
        foreach (var key in diff.Keys)
        {
            Write(writer, key);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("records");
        foreach (var record in diff.Records)
        {
            writer.WriteStartObject();
            writer.WriteString("name", record.Name);
            writer.WriteString("kind", NameOf(record.Kind));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (diff.DecisionCount is { } decisions)
        {
            writer.WriteStartObject("decisionCount");
            writer.WriteNumber("before", decisions.Before);
            writer.WriteNumber("after", decisions.After);
            writer.WriteEndObject();
        }

        writer.WriteStartArray("messages");
        foreach (var message in diff.Messages)
        {
            Write(writer, message);
        }

        writer.WriteEndArray();
        if (diff.IsPartial)
        {
            writer.WriteBoolean("partial", true);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, PlaceInThread place)
    {
        writer.WriteStartObject(name);
        writer.WriteString("thread", place.Thread.Value);
        writer.WriteNumber("version", place.Version);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, ValueDiff<string?>? value)
    {
        if (value is not null)
        {
            writer.WriteStartObject(name);
            writer.WriteString("before", value.Before);
            writer.WriteString("after", value.After);
            writer.WriteEndObject();
        }
    }

    private static void Write(Utf8JsonWriter writer, KeyDiff key)
    {
        writer.WriteStartObject();
        writer.WriteString("section", key.Section);
        writer.WriteString("key", key.Key);
        writer.WriteString("kind", NameOf(key.Kind));
        Write(writer, key.Before, key.After);
        if (key.Changes.Count > 0)
        {
            writer.WriteStartArray("changes");
            foreach (var change in key.Changes)
            {
                writer.WriteStartObject();
                writer.WriteString("path", change.Path);
                writer.WriteString("kind", NameOf(change.Kind));
                Write(writer, change.Before, change.After);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, JsonElement? before, JsonElement? after)
    {
        if (before is { } old)
        {
            writer.WritePropertyName("before");
            old.WriteTo(writer);
        }

        if (after is { } current)
        {
            writer.WritePropertyName("after");
            current.WriteTo(writer);
        }
    }

    private static void Write(Utf8JsonWriter writer, MessageDiff message)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", NameOf(message.Kind));
        if (message.BeforeIndex is { } before)
        {
            writer.WriteNumber("beforeIndex", before);
        }

        if (message.AfterIndex is { } after)
        {
            writer.WriteNumber("afterIndex", after);
        }

        Write(writer, Parse(message.BeforeJson), Parse(message.AfterJson));
        if (message.TextChanges.Count > 0)
        {
            writer.WriteStartArray("textChanges");
            foreach (var line in message.TextChanges)
            {
                writer.WriteStringValue(line);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static JsonElement? Parse(ReadOnlyMemory<byte>? json) => json is { } text ? Utf8Json.Parse(text) : null;

    private static string NameOf(DiffKind kind) => kind switch
    {
        DiffKind.Added => "added",
        DiffKind.Removed => "removed",
        _ => "changed",
    };
}
