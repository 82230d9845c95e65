namespace Holdfast;

/// <summary>What the model said.</summary>
internal sealed record ChatText(string Text);
