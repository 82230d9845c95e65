namespace Holdfast.Compare.Running;

/// <summary>One value of one repetition.</summary>
internal sealed record Sample(string Contestant, string Measure, int History, int Repetition, double Value);
