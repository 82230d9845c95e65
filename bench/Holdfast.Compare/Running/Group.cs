namespace Holdfast.Compare.Running;

/// <summary>Contestants that are compared with each other.</summary>
/// <param name="Name">Its name in the results.</param>
/// <param name="Title">What the tables call it.</param>
/// <param name="Durability">What an acknowledged turn survives.</param>
/// <param name="Baseline">The contestant that ratios are taken against.</param>
internal sealed record Group(string Name, string Title, string Durability, string Baseline);
