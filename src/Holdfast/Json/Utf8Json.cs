using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

/// <summary>Values as JSON text and back, with errors that name what was wrong.</summary>
internal static class Utf8Json
{
    /// <summary>How deep a value may be nested.</summary>
    public const int MaxDepth = 64;

    /// <summary>How deep a commit body may be nested: a value inside its section, inside the body.</summary>
    public const int MaxBodyDepth = MaxDepth + 8;

    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public const int MaxKeyBytes = 512;

    public static JsonWriterOptions WriterOptions { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxBodyDepth,
        SkipValidation = true,
    };

    public static byte[] Write<T>(T value, JsonTypeInfo<T> typeInfo, ValuePath path)
    {
        try
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(value, typeInfo);
            CheckDepth(json, path);
            RefuseReplacedText(json, value, typeInfo);
            return json;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidStateValueException(ValueErrors.CannotStore(value?.GetType() ?? typeof(T), path.ToString(), e), e);
        }
    }

    public static T? Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> typeInfo, ValuePath path)
    {
        try
        {
            return JsonSerializer.Deserialize(json, typeInfo);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new InvalidStateValueException(ValueErrors.CannotRead(json, typeof(T), path.ToString(), e), e);
        }
    }

    /// <summary>Throws if the serializer replaced half of a surrogate pair, which it does without a word, when it wrote <paramref name="value"/>.</summary>
    /// <exception cref="ArgumentException">It did.</exception>
    public static void RefuseReplacedText<T>(ReadOnlySpan<byte> json, T value, JsonTypeInfo<T> typeInfo)
    {
        // A text may hold U+FFFD by itself; only then is the value written once more, by an encoder that tells the two apart.
        if (json.IndexOf("\uFFFD"u8) >= 0 || json.IndexOf("\\uFFFD"u8) >= 0 || json.IndexOf("\\ufffd"u8) >= 0)
        {
            using var writer = new Utf8JsonWriter(Stream.Null, WriterOptions with { Encoder = StrictEncoder.Instance });
            JsonSerializer.Serialize(writer, value, typeInfo);
        }
    }

    /// <summary>Whether a text is JSON's null, which every <c>Get</c> reads like a value that is not there.</summary>
    public static bool IsNull(ReadOnlyMemory<byte> json) => json.Span.SequenceEqual("null"u8);

    /// <summary>Throws if a value is nested deeper than every reader accepts.</summary>
    public static void CheckDepth(ReadOnlySpan<byte> json, ValuePath path)
    {
        var reader = new Utf8JsonReader(json, new() { MaxDepth = 1024 });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.CurrentDepth >= MaxDepth)
            {
                throw new InvalidStateValueException($"{path} is nested deeper than {MaxDepth} levels.");
            }
        }
    }

    /// <summary>Returns <paramref name="key"/> if it can be a key of <paramref name="section"/>.</summary>
    public static string CheckKey(string key, string section)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length == 0)
        {
            throw new InvalidIdentifierException($"A key of {section} cannot be empty; give it 1 to {MaxKeyBytes} bytes of UTF-8.");
        }

        return Identifiers.Problem(key, MaxKeyBytes) is { } problem
            ? throw new InvalidIdentifierException($"This key of {section} cannot be used: {problem}.")
            : key;
    }

    /// <summary>Returns <paramref name="text"/> if it can be written as UTF-8.</summary>
    /// <exception cref="InvalidStateValueException">It has half of a surrogate pair.</exception>
    public static string CheckText(string text, string what)
        => StrictEncoder.HasLoneSurrogate(text)
            ? throw new InvalidStateValueException($"{what} cannot be stored: it contains half of a surrogate pair (a text that was cut inside an emoji?), which UTF-8 cannot hold.")
            : text;

    /// <summary>The raw text of an element.</summary>
    public static byte[] Raw(JsonElement element, ValuePath path)
    {
        if (element.ValueKind == JsonValueKind.Undefined)
        {
            throw new InvalidStateValueException($"{path} cannot be stored: the JSON element has no value.");
        }

        // An element may have been read with comments or trailing commas, which are not JSON: then it is written again.
        var text = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element);
        try
        {
            CheckDepth(text, path);
            return WithoutLineBreaks(text);
        }
        catch (JsonException)
        {
            var json = Rewrite(element, path);
            CheckDepth(json, path);
            return json;
        }
    }

    /// <summary>Whether two texts are equal JSON.</summary>
    public static bool Same(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right)
        => left.Span.SequenceEqual(right.Span) || JsonElement.DeepEquals(Parse(left), Parse(right));

    /// <summary>An element that owns its text.</summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> json)
        => JsonElement.Parse(json.Span, new() { MaxDepth = MaxBodyDepth });

    // Line breaks can only stand between tokens; without them a commit stays one line for the tools that read it.
    private static byte[] WithoutLineBreaks(ReadOnlySpan<byte> json)
    {
        var text = json.ToArray();
        if (json.IndexOfAny((byte)'\n', (byte)'\r') < 0)
        {
            return text;
        }

        var length = 0;
        foreach (var b in json)
        {
            text[length] = b;
            length += b is (byte)'\n' or (byte)'\r' ? 0 : 1;
        }

        return text[..length];
    }

    private static byte[] Rewrite(JsonElement element, ValuePath path)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, WriterOptions);
        try
        {
            element.WriteTo(writer);
            writer.Flush();
            return buffer.WrittenSpan.ToArray();
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException or ArgumentException)
        {
            throw new InvalidStateValueException($"{path} cannot be stored as JSON: {e.Message}", e);
        }
    }
}
