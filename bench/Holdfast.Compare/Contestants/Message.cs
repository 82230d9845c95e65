namespace Holdfast.Compare.Contestants;

/// <summary>A message of the work: 500 characters.</summary>
internal sealed record Message(string Id, string Role, string Text);
