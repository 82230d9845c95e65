namespace Holdfast.Compare.Running;

/// <summary>A contestant, and how it is started.</summary>
/// <param name="Name">Its name in the results.</param>
/// <param name="Title">What the tables call it.</param>
/// <param name="Group">The group of those that it is compared with: the same medium and the same durability.</param>
/// <param name="Medium">Where it stores.</param>
/// <param name="Program">The name of a contestant in .NET, or script and kind of one in Node.</param>
internal sealed record Entrant(string Name, string Title, string Group, Medium Medium, string Program)
{
    /// <summary>The longest history that it can be given in the time there is.</summary>
    public int LongestHistory { get; init; } = int.MaxValue;

    public bool IsNode => Program.Contains(".mjs", StringComparison.Ordinal);

    public bool NeedsNode22 => Program.StartsWith("mastra", StringComparison.Ordinal);

    public bool IsFloor => Name.StartsWith("floor", StringComparison.Ordinal);

    public bool IsHoldfast => Name.StartsWith("holdfast", StringComparison.Ordinal);
}
