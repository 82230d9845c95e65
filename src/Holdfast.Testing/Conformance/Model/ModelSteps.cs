using FsCheck;
using FsCheck.Fluent;

namespace Holdfast.Testing;

/// <summary>Random sequences of steps, and their shrinking.</summary>
internal static class ModelSteps
{
    private static readonly (int Weight, StepKind Kind)[] Weights =
    [
        (10, StepKind.Append), (4, StepKind.AppendKeyframe), (2, StepKind.AppendOther), (1, StepKind.AppendAhead), (1, StepKind.AppendElsewhere), (1, StepKind.AppendBeginsOrNot),
        (1, StepKind.AppendOtherLife), (2, StepKind.BeginAt), (3, StepKind.Repeat), (2, StepKind.ReadTail), (2, StepKind.ReadSince), (1, StepKind.ReadLife), (2, StepKind.ReadRange),
        (1, StepKind.GetHead), (2, StepKind.SetExpiry), (3, StepKind.UpdateHead), (1, StepKind.UpdateIf), (2, StepKind.Rewrite), (2, StepKind.Trim), (1, StepKind.Erase),
        (1, StepKind.EraseIfUnchanged), (1, StepKind.KeepAsTrunk), (3, StepKind.List), (1, StepKind.ListDue),
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
