using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>Lets <see cref="JsonSerializer"/> write and read an <see cref="AgentState"/> as <see cref="AgentState.ToJson"/> and <see cref="AgentState.FromJson"/> do.</summary>
/// <remarks>
/// The type names its converter, so it need not be registered; naming policies do not change the form. A value may be nested 64 levels and stands inside the state: where such values
/// are used, raise <see cref="JsonSerializerOptions.MaxDepth"/> from its default of 64 to 72.
/// </remarks>
public sealed class AgentStateJsonConverter : JsonConverter<AgentState>
{
    /// <inheritdoc/>
    /// <exception cref="JsonException">The JSON is not that of a state; the message says where.</exception>
    public override AgentState Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var json = JsonElement.ParseValue(ref reader);
        try
        {
            return AgentStateJson.Read(json);
        }
        catch (Exception e) when (e is JsonException or InvalidStateValueException or InvalidOperationException or FormatException)
        {
            throw new JsonException($"This is not the JSON of an {nameof(AgentState)}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, AgentState value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        AgentStateJson.Write(writer, value);
    }
}
