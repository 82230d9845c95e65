using System.Runtime.InteropServices;
using System.Text.Json;

namespace Holdfast;

/// <summary>The JSON of states.</summary>
internal static class AgentStateJson
{
    /// <summary>Writes a state as <see cref="AgentState.ToJson"/> has it.</summary>
    public static void Write(Utf8JsonWriter writer, AgentState state)
    {
        writer.WriteStartObject();
        writer.WriteString("thread", state.Thread);
        if (state.Version is { } version)
        {
            writer.WriteNumber("version", version);
        }
        else
        {
            writer.WriteNull("version");
        }

        if (state.Position is { } position)
        {
            writer.WriteString("position", position.ToString());
        }

        if (state.IsPartial)
        {
            writer.WriteBoolean("partial", true);
        }

        writer.WriteString("status", state.Status.ToName());
        writer.WriteString("agent", state.Agent);
        writer.WriteString("user", state.UserId);
        writer.WriteStartArray("messages");
        foreach (var message in state.Snapshot.Stored)
        {
            using var json = JsonDocument.Parse(message.Json, new() { MaxDepth = Utf8Json.MaxBodyDepth });
            WriteJson(writer, json.RootElement);
        }

        writer.WriteEndArray();
        WriteValues(writer, "variables", state.Variables);
        WriteValues(writer, "metadata", state.Metadata);
        writer.WriteStartArray("todos");
        foreach (var todo in state.Todos)
        {
            TodoCodec.Write(writer, todo);
        }

        writer.WriteEndArray();
        WriteGoals(writer, state.Goals);
        WriteSections(writer, "tools", state.Tools);
        if (state.OtherSections.Count > 0)
        {
            WriteSections(writer, "sections", state.OtherSections);
        }

        writer.WriteEndObject();
    }

    /// <exception cref="JsonException">It is not that of a state. Other errors of the JSON and of its values are thrown as they are.</exception>
    public static AgentState Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException("an object with an array 'messages' is expected, as ToJson writes it.");
        }

        var status = Text(json, "status") is { } name
            ? ThreadStatusNames.TryParse(name, out var known) ? known : throw new JsonException($"'{name}' is no status.")
            : ThreadStatus.Idle;
        return new AgentState
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
            Goals = [.. Items(json, "goals").Select(ReadGoal)],
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

    // As it was before there were goals, where there are none.
    private static void WriteGoals(Utf8JsonWriter writer, IReadOnlyList<Goal> goals)
    {
        if (goals.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("goals");
        foreach (var goal in goals)
        {
            GoalCodec.Write(writer, goal);
        }

        writer.WriteEndArray();
    }

    private static Goal ReadGoal(JsonElement json, int index)
    {
        var goal = GoalCodec.Read(null, JsonMarshal.GetRawUtf8Value(json).ToArray(), $"goals[{index}]");
        return goal with
        {
            Id = goal.Id.Length == 0 ? $"g{index + 1}" : goal.Id,
            Order = json.TryGetProperty("order", out _) ? goal.Order : index + 1,
        };
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var text) ? text.GetString() : null;

    private static IEnumerable<JsonElement> Items(JsonElement json, string name)
        => json.TryGetProperty(name, out var items) && items.ValueKind != JsonValueKind.Null ? items.EnumerateArray() : [];

    private static IReadOnlyDictionary<string, JsonElement> Values(JsonElement json, string name)
        => json.TryGetProperty(name, out var values) && values.ValueKind != JsonValueKind.Null ? Values(values) : JsonValues.None;

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
            : AgentState.NoSections;

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
