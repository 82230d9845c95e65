using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Holdfast;

public sealed partial record AgentState
{
    /// <summary>The state as JSON: one object with <c>thread</c>, <c>version</c>, <c>position</c>, <c>status</c>, <c>agent</c>, <c>user</c>, <c>messages</c>, <c>variables</c>, <c>metadata</c>, <c>todos</c> and <c>tools</c>.</summary>
    /// <param name="indented">Whether it is broken into lines for people.</param>
    public string ToJson(bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Utf8Json.WriterOptions with { Indented = indented }))
        {
            Write(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a state from the JSON that <see cref="ToJson"/> writes.</summary>
    /// <remarks>
    /// The array <c>messages</c> must be there, and each message must have <c>contents</c>: that tells a state from other JSON. Other members may be missing, and those that
    /// are not known are left out.
    /// </remarks>
    /// <exception cref="InvalidStateValueException">The text is not JSON, or not that of a state; the message says where.</exception>
    public static AgentState FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json, new() { MaxDepth = Utf8Json.MaxBodyDepth });
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidStateValueException($"The text is not the JSON of a state: {e.Message}", e);
        }
    }

    /// <summary>Writes the state as <see cref="ToJson"/> has it.</summary>
    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("thread", Thread);
        if (Version is { } version)
        {
            writer.WriteNumber("version", version);
        }
        else
        {
            writer.WriteNull("version");
        }

        if (Position is { } position)
        {
            writer.WriteString("position", position.ToString());
        }

        if (IsPartial)
        {
            writer.WriteBoolean("partial", true);
        }

        writer.WriteString("status", Status.ToName());
        writer.WriteString("agent", Agent);
        writer.WriteString("user", UserId);
        writer.WriteStartArray("messages");
        foreach (var message in _messages.Stored)
        {
            using var json = JsonDocument.Parse(message.Json, new() { MaxDepth = Utf8Json.MaxBodyDepth });
            WriteJson(writer, json.RootElement);
        }

        writer.WriteEndArray();
        WriteValues(writer, "variables", Variables);
        WriteValues(writer, "metadata", Metadata);
        writer.WriteStartArray("todos");
        foreach (var todo in Todos)
        {
            TodoCodec.Write(writer, todo);
        }

        writer.WriteEndArray();
        WriteSections(writer, "tools", Tools);
        if (OtherSections.Count > 0)
        {
            WriteSections(writer, "sections", OtherSections);
        }

        writer.WriteEndObject();
    }

    /// <exception cref="JsonException">It is not that of a state. Other errors of the JSON and of its values are thrown as they are.</exception>
    internal static AgentState Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException("an object with an array 'messages' is expected, as ToJson writes it.");
        }

        var status = Text(json, "status") is { } name
            ? ThreadStatusNames.TryParse(name, out var known) ? known : throw new JsonException($"'{name}' is no status.")
            : ThreadStatus.Idle;
        return new()
        {
            Thread = Text(json, "thread"),
            Version = ReadVersion(json),
            Position = Text(json, "position") is { } position ? ThreadPosition.TryParse(position, out var parsed) ? parsed : throw new JsonException("its position cannot be read.") : null,
            IsPartial = json.TryGetProperty("partial", out var partial) && partial.ValueKind == JsonValueKind.True,
            Status = status,
            Agent = Text(json, "agent"),
            UserId = Text(json, "user"),
            Messages = new MessageSnapshot([.. messages.EnumerateArray().Select(ReadMessage)]),
            Variables = Values(json, "variables"),
            Metadata = Values(json, "metadata"),
            Todos = [.. Items(json, "todos").Select(ReadTodo)],
            Tools = SectionsOf(json, "tools"),
            OtherSections = SectionsOf(json, "sections"),
        };
    }

    private static long? ReadVersion(JsonElement json)
        => !json.TryGetProperty("version", out var version) || version.ValueKind == JsonValueKind.Null ? null
            : version.GetInt64() is >= 0 and var number ? number
            : throw new JsonException("its version is negative.");

    // Without contents a message would be read as an empty one: other formats say what they have in other members.
    private static StoredMessage ReadMessage(JsonElement json, int index)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty("contents", out var contents) && contents.ValueKind == JsonValueKind.Array
            ? MessageCodec.Check(new StoredMessage(Utf8Json.Raw(json, $"messages[{index}]")), $"messages[{index}]")
            : throw new JsonException($"messages[{index}] is not a message: an object with an array 'contents' is expected.");

    private static TodoItem ReadTodo(JsonElement json, int index)
    {
        var todo = TodoCodec.Read(null, JsonMarshal.GetRawUtf8Value(json).ToArray(), $"todos[{index}]");
        return todo with
        {
            Id = todo.Id.Length == 0 ? $"t{index + 1}" : todo.Id,
            Order = json.TryGetProperty("order", out _) ? todo.Order : index + 1,
        };
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var text) ? text.GetString() : null;

    private static IEnumerable<JsonElement> Items(JsonElement json, string name)
        => json.TryGetProperty(name, out var items) && items.ValueKind != JsonValueKind.Null ? items.EnumerateArray() : [];

    private static IReadOnlyDictionary<string, JsonElement> Values(JsonElement json, string name)
        => json.TryGetProperty(name, out var values) && values.ValueKind != JsonValueKind.Null ? Values(values) : NoValues;

    private static IReadOnlyDictionary<string, JsonElement> Values(JsonElement json)
    {
        var values = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in json.EnumerateObject())
        {
            values[property.Name] = property.Value.Clone();
        }

        return values.AsReadOnly<string, JsonElement>();
    }

    private static IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonElement>> SectionsOf(JsonElement json, string name)
        => json.TryGetProperty(name, out var sections) && sections.ValueKind != JsonValueKind.Null
            ? sections.EnumerateObject().ToDictionary(section => section.Name, section => Values(section.Value), StringComparer.Ordinal).AsReadOnly()
            : NoSections;

    private static void WriteValues(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, JsonElement> values)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            writer.WritePropertyName(key);
            WriteJson(writer, value);
        }

        writer.WriteEndObject();
    }

    // JSON may hold half of a surrogate pair as an escape, which a writer refuses: such a value is written in its own words.
    private static void WriteJson(Utf8JsonWriter writer, JsonElement value)
    {
        var text = JsonMarshal.GetRawUtf8Value(value);
        if ((text.IndexOf("\\ud"u8) >= 0 || text.IndexOf("\\uD"u8) >= 0) && !CanBeWritten(value))
        {
            writer.WriteRawValue(text);
        }
        else
        {
            value.WriteTo(writer);
        }
    }

    private static bool CanBeWritten(JsonElement value)
    {
        using var writer = new Utf8JsonWriter(Stream.Null, Utf8Json.WriterOptions);
        try
        {
            value.WriteTo(writer);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static void WriteSections(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonElement>> sections)
    {
        writer.WriteStartObject(name);
        foreach (var (section, values) in sections)
        {
            WriteValues(writer, section, values);
        }

        writer.WriteEndObject();
    }
}
