using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

public sealed partial record AgentState
{
    /// <summary>A copy with a value of a tool set.</summary>
    /// <exception cref="InvalidIdentifierException">The name of the tool or the key cannot be used.</exception>
    public AgentState SetToolValue(string tool, string key, JsonElement value) => With(tool, JsonValues.With(ValuesOf(tool), SectionNames.OfTool(tool), key, value));

    /// <summary>A copy with a value of a tool set to a text.</summary>
    /// <exception cref="InvalidIdentifierException">The name of the tool or the key cannot be used.</exception>
    public AgentState SetToolValue(string tool, string key, string value) => SetToolValue(tool, key, value, PlainJson.Relaxed.String);

    /// <summary>A copy with a value of a tool set to true or false.</summary>
    /// <exception cref="InvalidIdentifierException">The name of the tool or the key cannot be used.</exception>
    public AgentState SetToolValue(string tool, string key, bool value) => SetToolValue(tool, key, value, PlainJson.Relaxed.Boolean);

    /// <summary>A copy with a value of a tool set to a whole number.</summary>
    /// <exception cref="InvalidIdentifierException">The name of the tool or the key cannot be used.</exception>
    public AgentState SetToolValue(string tool, string key, long value) => SetToolValue(tool, key, value, PlainJson.Relaxed.Int64);

    /// <summary>A copy with a value of a tool set to a number.</summary>
    /// <exception cref="InvalidIdentifierException">The name of the tool or the key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The number is infinite or NaN, which JSON cannot hold.</exception>
    public AgentState SetToolValue(string tool, string key, double value) => SetToolValue(tool, key, value, PlainJson.Relaxed.Double);

    /// <summary>A copy with a value of a tool set.</summary>
    /// <exception cref="InvalidIdentifierException">The name of the tool or the key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The value cannot be JSON: NaN, a cycle, more than 64 levels, or a type without a JSON form.</exception>
    public AgentState SetToolValue<T>(string tool, string key, T value, JsonTypeInfo<T> typeInfo)
        => With(tool, JsonValues.With(ValuesOf(tool), SectionNames.OfTool(tool), key, value, typeInfo));

    /// <summary>A copy without a value of a tool; an equal copy if it is not there.</summary>
    public AgentState RemoveToolValue(string tool, string key) => With(tool, JsonValues.Without(ValuesOf(tool), key));

    /// <summary>A copy without the state of a tool; an equal copy if there is none.</summary>
    public AgentState RemoveTool(string tool) => With(tool, JsonValues.None);

    private IReadOnlyDictionary<string, JsonElement> ValuesOf(string tool) => Tools.GetValueOrDefault(Identifiers.Check(tool, "name of a tool")) ?? JsonValues.None;

    // A tool without values has no state: loading the thread would not find it either.
    private AgentState With(string tool, IReadOnlyDictionary<string, JsonElement> values)
    {
        ArgumentNullException.ThrowIfNull(tool);
        var tools = new OrderedDictionary<string, IReadOnlyDictionary<string, JsonElement>>(Tools, StringComparer.Ordinal);
        if (values.Count > 0)
        {
            tools[tool] = values;
        }
        else
        {
            tools.Remove(tool);
        }

        return this with { Tools = tools.AsReadOnly<string, IReadOnlyDictionary<string, JsonElement>>() };
    }
}
