namespace Holdfast.Compare.Running;

/// <summary>A contestant did not do what it was asked to.</summary>
internal sealed class ContestantException(string message) : Exception(message);
