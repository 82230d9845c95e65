using Microsoft.Extensions.Configuration;

namespace Holdfast;

/// <summary>One reading of a section of the configuration: what it says, and what is wrong with it.</summary>
/// <param name="configuration">The whole configuration, if it is known; its providers may know where settings are written.</param>
internal sealed class SettingsReading(IConfiguration? configuration = null)
{
    public List<string> Problems { get; } = [];

    public List<StoreSetting> Settings { get; } = [];

    /// <summary>Tells what is wrong with a setting.</summary>
    /// <param name="path">The path of the setting.</param>
    /// <param name="predicate">What follows its name in the sentence.</param>
    public void Add(string path, string predicate) => Problems.Add(At(path, $"{path} {predicate}{(predicate.EndsWith('?') ? "" : ".")}"));

    /// <summary>A sentence about a setting, after the place where it is written.</summary>
    public string At(string path, string sentence) => PlaceOf(path) is { } place ? $"{place}: {sentence}" : sentence;

    /// <summary>The value of a setting with the variables in it replaced; null if they cannot be, which is told.</summary>
    public string? Expand(string path, string value)
    {
        var problems = new List<string>();
        var expanded = VariableExpansion.Expand(value, Environment.GetEnvironmentVariable, problems);
        foreach (var problem in problems)
        {
            Add(path, problem);
        }

        return expanded;
    }

    /// <summary>Keeps what a setting is in effect.</summary>
    public void Keep(string path, string? value, bool isDefault) => Settings.Add(new(path, value, isDefault, isDefault ? null : PlaceOf(path)));

    private string? PlaceOf(string path)
    {
        // The last provider that has a setting is the one that counts. A section has no value, so that any that knows it will do.
        var providers = (configuration as IConfigurationRoot)?.Providers.Reverse().ToList() ?? [];
        return providers.Find(provider => provider.TryGet(path, out _)) is { } found
            ? (found as IConfigurationPlaces)?.FindPlace(path)
            : providers.OfType<IConfigurationPlaces>().Select(provider => provider.FindPlace(path)).FirstOrDefault(place => place is not null);
    }
}
