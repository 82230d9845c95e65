namespace Holdfast.Testing;

/// <summary>Enrols only some suites: for a further set-up of a backend that is enrolled with all of them elsewhere.</summary>
/// <param name="suites">The names of the suites.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnlySuitesAttribute(params string[] suites) : Attribute
{
    /// <summary>The names of the suites.</summary>
    public IReadOnlyList<string> Suites { get; } = suites;
}
