using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Holdfast;

public sealed partial record AgentState
{
    /// <summary>The state as JSON: one object with <c>thread</c>, <c>version</c>, <c>position</c>, <c>status</c>, <c>agent</c>, <c>user</c>, <c>messages</c>, <c>variables</c>, <c>metadata</c>, <c>todos</c>, <c>goals</c> if there are any, and <c>tools</c>.</summary>
    /// <param name="indented">Whether it is broken into lines for people.</param>
    public string ToJson(bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Utf8Json.WriterOptions with { Indented = indented }))
        {
            AgentStateJson.Write(writer, this);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a state from the JSON that <see cref="ToJson"/> writes.</summary>
    /// <remarks>
    /// The array <c>messages</c> is required, and each message must have <c>contents</c>: that tells a state from other JSON. Other members may be missing; unknown ones
    /// are ignored.
    /// </remarks>
    /// <exception cref="InvalidStateValueException">The text is not JSON, or not that of a state; the message says where.</exception>
    public static AgentState FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json, new() { MaxDepth = Utf8Json.MaxBodyDepth });
            return AgentStateJson.Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidStateValueException($"The text is not the JSON of a state: {e.Message}", e);
        }
    }
}
