namespace Holdfast.Compare.Contestants;

/// <summary>An event of Marten: somebody said something.</summary>
public sealed record MessageAdded(string Id, string Role, string Text);
