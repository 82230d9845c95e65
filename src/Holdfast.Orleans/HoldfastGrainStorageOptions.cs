using Orleans.Storage;

namespace Holdfast;

/// <summary>How the states of grains are kept in threads.</summary>
public sealed class HoldfastGrainStorageOptions : IStorageProviderSerializerOptions
{
    /// <summary>Which of several stores keeps the states: the name that it was registered with, as in <c>AddHoldfast(name, …)</c>.</summary>
    /// <value>The default is null: the store that was registered without a name.</value>
    public string? StoreName { get; set; }

    /// <summary>Whether a state that is cleared is erased with all its versions. Otherwise its thread stays, empty, and earlier versions can be read.</summary>
    /// <value>The default is false.</value>
    public bool DeleteStateOnClear { get; set; }

    /// <summary>What makes the stored form of a state. JSON objects are stored key by key, so that a write holds what changed; all else is stored whole with each write that changes it.</summary>
    /// <value>The default is Orleans' <see cref="SystemTextJsonGrainStorageSerializer"/>, with the settings of <see cref="Orleans.Serialization.SystemTextJsonGrainStorageSerializerOptions"/>.</value>
    public IGrainStorageSerializer GrainStorageSerializer { get; set; } = null!;
}
