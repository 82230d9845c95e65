namespace Holdfast.Compare.Contestants;

/// <summary>What a contestant has read: texts of messages, oldest first, and variables.</summary>
[GenerateSerializer]
internal sealed record Stored(IReadOnlyList<string> Messages, IReadOnlyDictionary<string, string> VariablesAsJson);
