namespace Holdfast;

/// <summary>A chat client that stores what a turn says by itself, and knows the conversation.</summary>
internal interface IKeepsTurns;
