using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

public sealed partial record AgentState
{
    /// <summary>A copy with a variable set.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public AgentState SetVariable(string key, JsonElement value) => this with { Variables = JsonValues.With(Variables, SectionNames.Variables, key, value) };

    /// <summary>A copy with a variable set to a text.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public AgentState SetVariable(string key, string value) => SetVariable(key, value, PlainJson.Relaxed.String);

    /// <summary>A copy with a variable set to true or false.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public AgentState SetVariable(string key, bool value) => SetVariable(key, value, PlainJson.Relaxed.Boolean);

    /// <summary>A copy with a variable set to a whole number.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public AgentState SetVariable(string key, long value) => SetVariable(key, value, PlainJson.Relaxed.Int64);

    /// <summary>A copy with a variable set to a number.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The number is infinite or NaN, which JSON cannot hold.</exception>
    public AgentState SetVariable(string key, double value) => SetVariable(key, value, PlainJson.Relaxed.Double);

    /// <summary>A copy with a variable set.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The value cannot be JSON: NaN, a cycle, more than 64 levels, or a type without a JSON form.</exception>
    public AgentState SetVariable<T>(string key, T value, JsonTypeInfo<T> typeInfo) => this with { Variables = JsonValues.With(Variables, SectionNames.Variables, key, value, typeInfo) };

    /// <summary>A copy without a variable; an equal copy if it is not there.</summary>
    public AgentState RemoveVariable(string key) => this with { Variables = JsonValues.Without(Variables, key) };
}
