namespace Holdfast.Compare.Contestants;

/// <summary>A message of the work: 500 characters.</summary>
[GenerateSerializer]
internal sealed record Message(string Id, string Role, string Text);
