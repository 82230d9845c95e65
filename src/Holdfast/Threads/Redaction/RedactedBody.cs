using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Holdfast;

/// <summary>Takes out of the text of a body, or of a value, what is to go. What it does not change stays as it is, byte for byte.</summary>
internal sealed class RedactedBody(RedactionRequest request)
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = Utf8Json.MaxBodyDepth };

    // What a message or a content is recognized and found by.
    private static readonly string[] Kept = ["$type", "role", "messageId", "callId", "createdAt", "mediaType"];

    // What the engine itself reads of todos and goals.
    private static readonly string[] KeptOfPlans = ["status", "parent", "todos"];

    // The only free text among what the engine keeps for itself.
    private static readonly string[] EngineTexts = ["error", "reason", "message"];

    private readonly RedactedText _text = new(request.Pattern);
    private readonly HashSet<string> _messages = [.. request.MessageIds];
    private readonly HashSet<(string, string)> _keys = [.. request.Keys.Select(key => (key.Section, key.Key))];

    /// <summary>A text without what the pattern matches.</summary>
    public string Text(string text) => _text.Replace(text);

    /// <summary>The body without what is to go, and which members had it; null if it has nothing of it.</summary>
    public (byte[] Json, IReadOnlyList<string> Where)? Body(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Reading);
        var where = new List<string>();
        var changed = Write(writer => Members(writer, document.RootElement, (inner, member) =>
        {
            var done = Member(inner, member);
            if (done)
            {
                where.Add(member.Name);
            }

            return done;
        }));
        return changed is null ? null : (changed, where);
    }

    /// <summary>Whether a key is to go.</summary>
    public bool Removes(string section, string key) => _keys.Contains((section, key));

    /// <summary>A value of a section without what is to go; null if it has nothing of it.</summary>
    public byte[]? Value(string section, string key, ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Reading);
        return Write(writer => SectionValue(writer, section, key, document.RootElement));
    }

    private bool Member(Utf8JsonWriter writer, JsonProperty member) => member.Name switch
    {
        "messages" => Items(writer, member.Value, Value),
        "records" => Items(writer, member.Value, Record),
        "reason" => Value(writer, member.Value),
        "set" or "append" => Sections(writer, member.Value),
        "state" => Members(writer, member.Value, (inner, part) => part.Name == "set" ? Sections(inner, part.Value) : Raw(inner, part.Value)),
        _ => Raw(writer, member.Value),
    };

    private bool Record(Utf8JsonWriter writer, JsonElement record)
    {
        var kind = record.TryGetProperty("kind", out var found) ? found.GetString() : null;
        return Members(writer, record, (inner, member) => (member.Name, kind) switch
        {
            ("data", StoredRecord.Turn) => EngineText(inner, member.Value, false),
            ("data", not (StoredRecord.Keys or StoredRecord.Redaction)) => Value(inner, member.Value),
            _ => Raw(inner, member.Value),
        });
    }

    private bool Sections(Utf8JsonWriter writer, JsonElement sections)
        => Members(writer, sections, (inner, section) => Members(
            inner, section.Value, (values, pair) => SectionValue(values, section.Name, pair.Name, pair.Value), pair => Removes(section.Name, pair.Name)));

    private bool SectionValue(Utf8JsonWriter writer, string section, string key, JsonElement value) => section switch
    {
        SectionNames.Todos or SectionNames.Goals => Members(writer, value, (inner, member) => KeptOfPlans.Contains(member.Name) ? Raw(inner, member.Value) : Value(inner, member.Value)),
        SectionNames.OwnUser => Value(writer, value),
        "$turn" or "$steps" or "$interrupts" or "$cancel" => EngineText(writer, value, section == "$cancel"),
        _ when SectionNames.IsReserved(section) => Raw(writer, value),
        _ => Value(writer, value),
    };

    private bool EngineText(Utf8JsonWriter writer, JsonElement value, bool isText) => value.ValueKind switch
    {
        JsonValueKind.Object => Members(writer, value, (inner, member) => EngineText(inner, member.Value, EngineTexts.Contains(member.Name))),
        JsonValueKind.Array => Items(writer, value, (inner, item) => EngineText(inner, item, isText)),
        JsonValueKind.String when isText => Value(writer, value),
        _ => Raw(writer, value),
    };

    private bool Value(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when LooseText.Of(value) is var text && Text(text) is var replaced && replaced != text:
                writer.WriteStringValue(replaced);
                return true;
            case JsonValueKind.Array:
                return Items(writer, value, Value);
            case JsonValueKind.Object when IsMessage(value) && value.TryGetProperty("messageId", out var id) && id.ValueKind == JsonValueKind.String && _messages.Contains(LooseText.Of(id)):
                return Whole(writer, value);
            case JsonValueKind.Object when value.TryGetProperty("$type", out _) && value.TryGetProperty("uri", out var uri) && uri.ValueKind == JsonValueKind.String && Text(LooseText.Of(uri)) != LooseText.Of(uri):
                Mark(writer);
                return true;
            case JsonValueKind.Object:
                var isKnown = IsMessage(value) || value.TryGetProperty("$type", out _);
                return Members(writer, value, (inner, member) => isKnown && Kept.Contains(member.Name) ? Raw(inner, member.Value) : Value(inner, member.Value));
            default:
                return Raw(writer, value);
        }
    }

    private static bool IsMessage(JsonElement value) => value.TryGetProperty("role", out _) && value.TryGetProperty("contents", out var contents) && contents.ValueKind == JsonValueKind.Array;

    // A call stays a call, and a result its result.
    private static bool Whole(Utf8JsonWriter writer, JsonElement message) => Members(writer, message, (inner, member) => member.Name switch
    {
        "contents" => Items(inner, member.Value, Content),
        _ => Raw(inner, member.Value),
    }, member => member.Name == "additionalProperties" && member.Value.ValueKind == JsonValueKind.Object && !member.Value.EnumerateObject().All(pair => pair.Name.StartsWith("holdfast.", StringComparison.Ordinal)));

    private static bool Content(Utf8JsonWriter writer, JsonElement content)
    {
        var type = content.TryGetProperty("$type", out var found) ? found.GetString() : null;
        if (type is not ("functionCall" or "functionResult"))
        {
            if (type == "text" && content.TryGetProperty("text", out var text) && text.ValueEquals(RedactedText.Mark) && content.EnumerateObject().Count() == 2)
            {
                return Raw(writer, content);
            }

            Mark(writer);
            return true;
        }

        var (member, gone) = type == "functionCall" ? ("arguments", "{}") : ("result", $"\"{RedactedText.Mark}\"");
        return Members(
            writer,
            content,
            (inner, part) => part.Name == member && part.Value.GetRawText() != gone ? Instead(inner, gone) : Raw(inner, part.Value),
            part => part.Name is not ("$type" or "callId" or "name") && part.Name != member);
    }

    private static bool Instead(Utf8JsonWriter writer, string json)
    {
        writer.WriteRawValue(json);
        return true;
    }

    private static void Mark(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("$type"u8, "text"u8);
        writer.WriteString("text"u8, RedactedText.Mark);
        writer.WriteEndObject();
    }

    private static bool Members(Utf8JsonWriter writer, JsonElement value, Func<Utf8JsonWriter, JsonProperty, bool> write, Func<JsonProperty, bool>? isGone = null)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return Raw(writer, value);
        }

        return Part(writer, value, inner =>
        {
            var changed = false;
            inner.WriteStartObject();
            foreach (var member in value.EnumerateObject())
            {
                if (isGone?.Invoke(member) is true)
                {
                    changed = true;
                    continue;
                }

                inner.WritePropertyName(member.Name);
                changed |= write(inner, member);
            }

            inner.WriteEndObject();
            return changed;
        });
    }

    private static bool Items(Utf8JsonWriter writer, JsonElement value, Func<Utf8JsonWriter, JsonElement, bool> write)
        => value.ValueKind != JsonValueKind.Array ? Raw(writer, value) : Part(writer, value, inner =>
        {
            var changed = false;
            inner.WriteStartArray();
            foreach (var item in value.EnumerateArray())
            {
                changed |= write(inner, item);
            }

            inner.WriteEndArray();
            return changed;
        });

    // Written beside, so that what does not change keeps its bytes: keyframes are compared with what the commits before them fold to.
    private static bool Part(Utf8JsonWriter writer, JsonElement value, Func<Utf8JsonWriter, bool> write)
    {
        if (Write(write) is not { } changed)
        {
            return Raw(writer, value);
        }

        writer.WriteRawValue(changed, skipInputValidation: true);
        return true;
    }

    private static bool Raw(Utf8JsonWriter writer, JsonElement value)
    {
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
        return false;
    }

    private static byte[]? Write(Func<Utf8JsonWriter, bool> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = Utf8Json.MaxBodyDepth });
        if (!write(writer))
        {
            return null;
        }

        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
