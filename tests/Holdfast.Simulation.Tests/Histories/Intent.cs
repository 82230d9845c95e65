namespace Holdfast.Simulation.Tests.Histories;

/// <summary>What a client wants just now: the only commits that it may make, and what a thread may show after each of them.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Apply">Given what the thread showed and the commit, what it may show now; more than one where it depends on what was read when.</param>
internal sealed record Intent(string Name, Func<Picture, Made, IEnumerable<Picture>> Apply)
{
    /// <summary>Whether a body may be replaced by one that says the same, but for what is redacted.</summary>
    public bool Redacts { get; init; }

    /// <summary>Whether a key counts as changed where its value may be the same: what is there afterwards is taken as it is.</summary>
    public bool IsLoose { get; init; }

    /// <summary>To change what is shown in one way.</summary>
    public static Intent To(string name, Func<Picture, Made, Picture> apply) => new(name, (before, made) => [apply(before, made)]);

    /// <summary>To leave what is shown as it is.</summary>
    public static Intent NoChange(string name) => To(name, (before, _) => before);

    /// <summary>To commit nothing.</summary>
    public static Intent NoCommit(string name) => To(name, (_, made) => throw new SimulationException($"'{name}' made version {made.Version} of {made.Life}"));
}
