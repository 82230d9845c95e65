using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Takes out of the text of a body, or of a value, what is to go. What it does not change stays as it is, byte for byte: keyframes are compared with what the commits before them fold to.</summary>
/// <remarks>Bodies are given oldest first: what repeats a message that is to go is known by the message.</remarks>
internal sealed class RedactedBody(RedactionRequest request)
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = Utf8Json.MaxBodyDepth };

    // What a message is recognized and found by.
    private static readonly string[] KeptOfMessages = ["role", "messageId", "createdAt"];

    // What a content is recognized and found by, here and at the service that keeps what it names; and what is opaque.
    private static readonly string[] KeptOfContents = ["$type", "callId", "requestId", "fileId", "vectorStoreId", "mediaType", "createdAt", "protectedData"];

    // Contents whose name is that of a tool. That of a file is a text.
    private static readonly string[] Calls = ["functionCall", "mcpServerToolCall"];

    // What the engine itself reads of todos and goals.
    private static readonly string[] KeptOfPlans = ["status", "parent", "todos"];

    // The only free text among what the engine keeps for itself.
    private static readonly string[] EngineTexts = ["error", "reason", "message", "input"];

    // All kinds of contents that messages have; what else has a "$type" is a value of the application.
    private static readonly HashSet<string> ContentTypes
        = [.. MessageCodec.Options.GetTypeInfo(typeof(AIContent)).PolymorphismOptions!.DerivedTypes.Select(type => type.TypeDiscriminator).OfType<string>()];

    private readonly RedactedText _text = new(request.Pattern);
    private readonly HashSet<string> _messages = [.. request.MessageIds];
    private readonly HashSet<(string, string)> _keys = [.. request.Keys.Select(key => (key.Section, key.Key))];

    // The records of what people were asked of calls whose messages go.
    private readonly HashSet<string> _asked = [];
    private TurnId? _turn;

    /// <summary>A text without what the pattern matches.</summary>
    public string Text(string text) => _text.Replace(text);

    /// <summary>The body without what is to go, and which members had it; null if it has nothing of it.</summary>
    public (byte[] Json, IReadOnlyList<string> Where)? Body(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Reading);
        _turn = TextOf(document.RootElement, "turn") is { } turn ? new(turn) : null;
        var where = new List<string>();
        var changed = Members(document.RootElement, (name, value) =>
        {
            var member = Member(name, value);
            if (member is not null)
            {
                where.Add(name);
            }

            return member;
        });
        return changed is null ? null : (changed, where);
    }

    /// <summary>Whether a key is to go.</summary>
    public bool Removes(string section, string key) => _keys.Contains((section, key));

    /// <summary>A value of a section without what is to go; null if it has nothing of it.</summary>
    public byte[]? Value(string section, string key, ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Reading);
        return SectionValue(section, key, document.RootElement);
    }

    private byte[]? Member(string name, JsonElement value) => name switch
    {
        "messages" => Items(value, Value),
        "records" => Items(value, Record),
        "reason" => Value(value),
        "set" or "append" => Sections(value),
        "state" => Members(value, (part, sections) => part == "set" ? Sections(sections) : null),
        _ => null,
    };

    private byte[]? Record(JsonElement record)
    {
        var (kind, isAsked) = (TextOf(record, "kind"), TextOf(record, "name") is { } name && _asked.Contains(name));
        return Members(record, (member, data) => (member, kind) switch
        {
            ("data", StoredRecord.Turn) => EngineText(data, false),
            ("data", not (StoredRecord.Keys or StoredRecord.Redaction)) => isAsked ? Members(data, (part, value) => part == "arguments" ? Instead(value, "{}") : Value(value)) : Value(data),
            _ => null,
        });
    }

    private byte[]? Sections(JsonElement sections)
        => Members(sections, (section, values) => Members(values, (key, value) => SectionValue(section, key, value), key => Removes(section, key)));

    private byte[]? SectionValue(string section, string key, JsonElement value) => section switch
    {
        SectionNames.Todos or SectionNames.Goals => Members(value, (member, inner) => KeptOfPlans.Contains(member) ? null : Value(inner)),
        SectionNames.OwnUser => Value(value),
        "$turn" or "$steps" or "$interrupts" or "$cancel" => EngineText(value, section == "$cancel"),
        _ when SectionNames.IsReserved(section) => null,

        // The bytes of a grain's state in base64.
        "orleans/whole" => null,
        _ => Value(value),
    };

    private byte[]? EngineText(JsonElement value, bool isText) => value.ValueKind switch
    {
        JsonValueKind.Object => Members(value, (member, inner) => EngineText(inner, EngineTexts.Contains(member))),
        JsonValueKind.Array => Items(value, item => EngineText(item, isText)),
        JsonValueKind.String when isText => Value(value),
        _ => null,
    };

    private byte[]? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => LooseText.Of(value) is var text && Without(text) is { } replaced ? Quoted(replaced) : null,
        JsonValueKind.Array => Items(value, Value),
        JsonValueKind.Object when Find(value, "role") is not null && Find(value, "contents") is { ValueKind: JsonValueKind.Array } => Message(value),
        JsonValueKind.Object when TextOf(value, "$type") is { } type => ContentTypes.Contains(type) ? Content(value, type) : Members(value, (name, member) => name == "$type" ? null : Value(member)),
        JsonValueKind.Object => Members(value, (_, member) => Value(member)),
        _ => null,
    };

    private byte[]? Message(JsonElement message)
        => TextOf(message, "messageId") is { } id && _messages.Contains(id) ? Whole(message) : Members(message, (name, member) => KeptOfMessages.Contains(name) ? null : Value(member));

    private byte[]? Content(JsonElement content, string type)
        => TextOf(content, "uri") is { } uri && Without(uri) is not null ? Mark()
        : Members(content, (name, member) => KeptOfContents.Contains(name) || (name == "name" && Calls.Contains(type)) ? null : Value(member));

    // Null if it has nothing of it. The data of a file is not text: only what stands before it is looked at.
    private string? Without(string text)
    {
        var data = DataIn(text);
        var before = text[..data];
        return Text(before) is var replaced && replaced == before ? null : replaced + text[data..];
    }

    private static int DataIn(string text)
    {
        const string Base64 = ";base64,";
        return text.StartsWith("data:", StringComparison.OrdinalIgnoreCase) && text.IndexOf(',', StringComparison.Ordinal) + 1 is > 0 and var start
            && text.AsSpan(0, start).EndsWith(Base64, StringComparison.OrdinalIgnoreCase) && System.Buffers.Text.Base64.IsValid(text.AsSpan(start)) ? start : text.Length;
    }

    // A call stays a call, and a result its result.
    private byte[]? Whole(JsonElement message) => Members(
        message,
        (name, member) => name == "contents" ? Items(member, WholeContent) : null,
        (name, member) => name == "additionalProperties" && member.ValueKind == JsonValueKind.Object
            && !member.EnumerateObject().All(pair => LooseText.NameOf(pair).StartsWith("holdfast.", StringComparison.Ordinal)));

    private byte[]? WholeContent(JsonElement content)
    {
        var type = TextOf(content, "$type");
        if (type is not ("functionCall" or "functionResult"))
        {
            return type == "text" && TextOf(content, "text") == RedactedText.Mark && content.EnumerateObject().Count() == 2 ? null : Mark();
        }

        if (type == "functionCall" && _turn is { } turn && TextOf(content, "callId") is { } call)
        {
            _asked.Add(TurnSections.AskRecord(InterruptId.Of(turn, call)));
        }

        var (gone, instead) = type == "functionCall" ? ("arguments", "{}") : ("result", $"\"{RedactedText.Mark}\"");
        return Members(content, (name, member) => name == gone ? Instead(member, instead) : null, (name, _) => name is not ("$type" or "callId" or "name") && name != gone);
    }

    private static byte[]? Instead(JsonElement value, string json) => JsonMarshal.GetRawUtf8Value(value).SequenceEqual(System.Text.Encoding.UTF8.GetBytes(json)) ? null : System.Text.Encoding.UTF8.GetBytes(json);

    private static byte[] Mark() => System.Text.Encoding.UTF8.GetBytes($$"""{"$type":"text","text":"{{RedactedText.Mark}}"}""");

    private static byte[] Quoted(string text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStringValue(text);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static JsonElement? Find(JsonElement value, string name)
    {
        foreach (var member in value.EnumerateObject())
        {
            if (LooseText.NameOf(member) == name)
            {
                return member.Value;
            }
        }

        return null;
    }

    private static string? TextOf(JsonElement value, string name)
        => value.ValueKind == JsonValueKind.Object && Find(value, name) is { ValueKind: JsonValueKind.String } text ? LooseText.Of(text) : null;

    private static byte[]? Members(JsonElement value, Func<string, JsonElement, byte[]?> change, Func<string, bool> isGone) => Members(value, change, (name, _) => isGone(name));

    // Null if nothing of it changes. Names stay as they were written: they need not be text either.
    private static byte[]? Members(JsonElement value, Func<string, JsonElement, byte[]?> change, Func<string, JsonElement, bool>? isGone = null)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var (members, hasChanged) = (new List<(JsonProperty Member, byte[]? Json)>(), false);
        foreach (var member in value.EnumerateObject())
        {
            var name = LooseText.NameOf(member);
            if (isGone?.Invoke(name, member.Value) is true)
            {
                hasChanged = true;
                continue;
            }

            var json = change(name, member.Value);
            hasChanged |= json is not null;
            members.Add((member, json));
        }

        if (!hasChanged)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write("{"u8);
        foreach (var (member, json) in members)
        {
            buffer.Write(buffer.WrittenCount > 1 ? ",\""u8 : "\""u8);
            buffer.Write(JsonMarshal.GetRawUtf8PropertyName(member));
            buffer.Write("\":"u8);
            buffer.Write(json ?? JsonMarshal.GetRawUtf8Value(member.Value));
        }

        buffer.Write("}"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[]? Items(JsonElement value, Func<JsonElement, byte[]?> change)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var items = value.EnumerateArray().Select(item => (Item: item, Json: change(item))).ToList();
        if (items.TrueForAll(item => item.Json is null))
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write("["u8);
        foreach (var (item, json) in items)
        {
            if (buffer.WrittenCount > 1)
            {
                buffer.Write(","u8);
            }

            buffer.Write(json ?? JsonMarshal.GetRawUtf8Value(item));
        }

        buffer.Write("]"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
