namespace Holdfast.Testing;

/// <summary>One step of a random sequence. It takes its meaning from the state in which it is run, so that any part of a sequence is one too.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Thread">To which of the few threads.</param>
/// <param name="A">A number that the step uses as it likes.</param>
/// <param name="B">Another one.</param>
internal sealed record ModelStep(StepKind Kind, int Thread, int A, int B)
{
    public override string ToString() => $"{Kind} {ModelRun.ThreadIds[Thread]} {A} {B}";
}
