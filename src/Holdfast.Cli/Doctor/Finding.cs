namespace Holdfast.Cli.Doctor;

/// <summary>What an examination of a store found.</summary>
/// <param name="Name">What was examined.</param>
/// <param name="Verdict">How it went.</param>
/// <param name="Detail">What was seen.</param>
internal sealed record Finding(string Name, Verdict Verdict, string Detail);
