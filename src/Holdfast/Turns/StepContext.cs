namespace Holdfast;

/// <summary>What a step is told about itself.</summary>
/// <param name="Name">The name of the step.</param>
/// <param name="IdempotencyKey">The same each time the step runs; give it to services that carry out each key once.</param>
/// <param name="Attempt">Which try this is: 1 for the first one.</param>
/// <param name="Turn">The turn.</param>
public sealed record StepContext(string Name, string IdempotencyKey, int Attempt, Turn Turn);
