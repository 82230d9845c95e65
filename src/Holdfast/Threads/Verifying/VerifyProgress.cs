namespace Holdfast;

/// <summary>How far a verification of a store has come.</summary>
/// <param name="Threads">How many threads were verified.</param>
/// <param name="Entries">How many entries they have.</param>
/// <param name="Damaged">How many of them are damaged.</param>
/// <param name="Continuation">Where a verification can continue (<see cref="VerifyOptions.Continuation"/>): all threads before that place were verified. Null at the end.</param>
public readonly record struct VerifyProgress(long Threads, long Entries, long Damaged, string? Continuation);
