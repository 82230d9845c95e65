using FsCheck;
using FsCheck.Fluent;

namespace Holdfast.Testing;

/// <summary>Random sequences of steps, and their shrinking.</summary>
internal static class ModelSteps
{
    private static readonly (int Weight, StepKind Kind)[] Weights =
    [
        (8, StepKind.Append), (3, StepKind.AppendKeyframe), (2, StepKind.AppendOther), (1, StepKind.AppendAhead), (1, StepKind.AppendElsewhere), (3, StepKind.Repeat),
        (2, StepKind.ReadTail), (2, StepKind.ReadRange), (1, StepKind.GetHead), (2, StepKind.SetExpiry), (2, StepKind.Rewrite), (2, StepKind.Trim),
        (1, StepKind.Erase), (1, StepKind.EraseIfUnchanged), (3, StepKind.List),
    ];

    public static Arbitrary<ModelStep[]> Sequences { get; } = Arb.Array(Arb.From(Step(), Shrink));

    private static Gen<ModelStep> Step()
        => from kind in Gen.Frequency(Weights.Select(weight => (weight.Weight, Gen.Constant(weight.Kind))))
           from thread in Gen.Choose(0, ModelRun.ThreadIds.Count - 1)
           from a in Gen.Choose(0, 11)
           from b in Gen.Choose(0, 11)
           select new ModelStep(kind, thread, a, b);

    private static IEnumerable<ModelStep> Shrink(ModelStep step)
    {
        if (step.Thread > 0)
        {
            yield return step with { Thread = 0 };
        }

        foreach (var a in Smaller(step.A))
        {
            yield return step with { A = a };
        }

        foreach (var b in Smaller(step.B))
        {
            yield return step with { B = b };
        }
    }

    private static IEnumerable<int> Smaller(int number) => number switch
    {
        0 => [],
        1 => [0],
        _ => [0, number / 2, number - 1],
    };
}
