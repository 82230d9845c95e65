namespace Holdfast;

/// <summary>A chat client that stores, by the current turn, what is said and replied in the turn's thread.</summary>
internal interface IKeepsTurns;
