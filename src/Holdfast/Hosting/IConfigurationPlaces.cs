namespace Holdfast;

/// <summary>A provider of configuration that knows where its settings are written. What is wrong with a setting is then told with that place.</summary>
public interface IConfigurationPlaces
{
    /// <summary>Where a setting, or a section, is written: <c>holdfast.yaml:12</c>.</summary>
    /// <param name="key">Its full path, such as <c>Holdfast:Expiry:After</c>; case does not matter.</param>
    /// <returns>The file and the line; null if this provider does not have the setting.</returns>
    string? FindPlace(string key);
}
