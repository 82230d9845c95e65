using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Holdfast.Cli;

/// <summary>Writes the JSON of the tool: camelCase, times in ISO 8601, non-ASCII text as it is.</summary>
internal static class JsonText
{
    // Deep enough for a stored value within the object that shows it.
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 256 };
    private static readonly JsonWriterOptions Indented = Compact with { Indented = true };

    /// <summary>One object, in one line.</summary>
    public static string Object(Action<Utf8JsonWriter> members) => Write(Compact, writer => WriteObject(writer, members));

    /// <summary>One value, in one line.</summary>
    public static string Value(Action<Utf8JsonWriter> write) => Write(Compact, write);

    /// <summary>One object, over several lines.</summary>
    public static string IndentedObject(Action<Utf8JsonWriter> members) => Write(Indented, writer => WriteObject(writer, members));

    /// <summary>An array of objects, over several lines.</summary>
    public static string Array<T>(IEnumerable<T> items, Action<Utf8JsonWriter, T> members) => Write(Indented, writer =>
    {
        writer.WriteStartArray();
        foreach (var item in items)
        {
            WriteObject(writer, inner => members(inner, item));
        }

        writer.WriteEndArray();
    });

    public static void WriteTime(this Utf8JsonWriter writer, string name, DateTimeOffset? time)
    {
        if (time is { } instant)
        {
            writer.WriteString(name, Iso(instant));
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    public static void WriteNumber(this Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    public static void WriteStrings(this Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    /// <summary>An instant to the millisecond, in UTC.</summary>
    public static string Iso(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static void WriteObject(Utf8JsonWriter writer, Action<Utf8JsonWriter> members)
    {
        writer.WriteStartObject();
        members(writer);
        writer.WriteEndObject();
    }

    private static string Write(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
