namespace Holdfast;

/// <summary>What is removed together with a thread.</summary>
public sealed record EraseOptions
{
    /// <summary>Whether to remove a thread even if its head cannot be read. Forks that show its versions may then lose them.</summary>
    /// <value>The default is false.</value>
    public bool Force { get; init; }

    /// <summary>Whether its children (<see cref="ThreadHandle.Child"/>) are removed too, with theirs, and so on.</summary>
    /// <value>The default is false: they stay, and a later thread of the same id has them as its children.</value>
    public bool Children { get; init; }

    // Nothing of it can be out of range.
    internal OptionProblems Problems() => new(nameof(EraseOptions));
}
