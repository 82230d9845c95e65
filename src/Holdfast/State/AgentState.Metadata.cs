using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

public sealed partial record AgentState
{
    /// <summary>A copy with a key of the metadata set.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public AgentState SetMetadata(string key, JsonElement value) => this with { Metadata = JsonValues.With(Metadata, SectionNames.Metadata, key, value) };

    /// <summary>A copy with a key of the metadata set to a text.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public AgentState SetMetadata(string key, string value) => SetMetadata(key, value, PlainJson.Relaxed.String);

    /// <summary>A copy with a key of the metadata set to true or false.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public AgentState SetMetadata(string key, bool value) => SetMetadata(key, value, PlainJson.Relaxed.Boolean);

    /// <summary>A copy with a key of the metadata set to a whole number.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    public AgentState SetMetadata(string key, long value) => SetMetadata(key, value, PlainJson.Relaxed.Int64);

    /// <summary>A copy with a key of the metadata set to a number.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The number is infinite or NaN, which JSON cannot hold.</exception>
    public AgentState SetMetadata(string key, double value) => SetMetadata(key, value, PlainJson.Relaxed.Double);

    /// <summary>A copy with a key of the metadata set.</summary>
    /// <exception cref="InvalidIdentifierException">The key cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">The value cannot be JSON: NaN, a cycle, more than 64 levels, or a type without a JSON form.</exception>
    public AgentState SetMetadata<T>(string key, T value, JsonTypeInfo<T> typeInfo) => this with { Metadata = JsonValues.With(Metadata, SectionNames.Metadata, key, value, typeInfo) };

    /// <summary>A copy without a key of the metadata; an equal copy if it is not there.</summary>
    public AgentState RemoveMetadata(string key) => this with { Metadata = JsonValues.Without(Metadata, key) };
}
