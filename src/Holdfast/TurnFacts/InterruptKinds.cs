namespace Holdfast;

/// <summary>The kinds of interrupts that the library itself raises. Applications may use others.</summary>
public static class InterruptKinds
{
    /// <summary>Someone is asked whether something may be done.</summary>
    public const string Approval = "approval";

    /// <summary>Someone is asked for something that only a person knows.</summary>
    public const string Input = "input";

    /// <summary>It is not known whether a step took effect, and a person is asked.</summary>
    public const string UnknownStep = "step-unknown";
}
