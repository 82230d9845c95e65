using Microsoft.Extensions.Configuration;

namespace Holdfast;

/// <summary>A setting of a store, as a section of the configuration has it.</summary>
/// <param name="Key">Its full path: <c>Holdfast:Expiry:After</c>.</param>
/// <param name="Value">Its value, with its variables replaced and secrets hidden; null if it is not set and has no default, or cannot be read.</param>
/// <param name="IsDefault">Whether the section does not set it, so that the value is the default.</param>
/// <param name="Place">Where it is written, if that is known: <c>holdfast.yaml:12</c>.</param>
public sealed record StoreSetting(string Key, string? Value, bool IsDefault, string? Place)
{
    /// <summary>Reads every setting of a section, as it is read when the store is made: those that are set, and the defaults of the others.</summary>
    /// <remarks>What code sets besides is not known here. Passwords and keys within the URL of the store are hidden.</remarks>
    /// <param name="section">The section, such as <c>configuration.GetSection("Holdfast")</c>.</param>
    /// <param name="configuration">The configuration that the section is of, which knows the places; null to leave them out.</param>
    public static IReadOnlyList<StoreSetting> Read(IConfigurationSection section, IConfiguration? configuration = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        return new HoldfastConfiguration(section).Settings(configuration);
    }
}
