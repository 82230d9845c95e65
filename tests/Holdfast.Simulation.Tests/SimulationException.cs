namespace Holdfast.Simulation.Tests;

/// <summary>An invariant does not hold, or a run does not end.</summary>
public sealed class SimulationException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    private const int StepsTold = 80;

    /// <summary>What a run met, with its seed and its last steps.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="variable">The environment variable that runs it alone.</param>
    /// <param name="trace">The steps.</param>
    /// <param name="error">What it met.</param>
    public static SimulationException Of(int seed, string variable, IReadOnlyList<string> trace, Exception error) => new(
        $"""
        Seed {seed}: {error.Message}
        The last steps:
          {string.Join("\n  ", trace.TakeLast(StepsTold))}
        To run it alone: {variable}={seed} dotnet test tests/Holdfast.Simulation.Tests
        """,
        error);
}
