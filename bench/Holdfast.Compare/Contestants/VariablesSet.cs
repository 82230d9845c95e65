namespace Holdfast.Compare.Contestants;

/// <summary>An event of Marten: variables got values.</summary>
public sealed record VariablesSet(Dictionary<string, object> Values);
