namespace Holdfast;

/// <summary>One thing that is wrong with a stored thread.</summary>
/// <param name="Version">The version it is about; 0 for the head.</param>
/// <param name="What">What was expected and what was found.</param>
public sealed record VerificationProblem(long Version, string What);
