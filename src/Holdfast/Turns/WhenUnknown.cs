namespace Holdfast;

/// <summary>What to do about a step of <see cref="StepPolicy.AtMostOnce"/> of which it is not known whether it took effect.</summary>
public enum WhenUnknown
{
    /// <summary>A person is asked, by an interrupt of the kind <see cref="InterruptKinds.UnknownStep"/>.</summary>
    Ask = 0,

    /// <summary>The step fails with <see cref="StepUnknownException"/>.</summary>
    Fail = 1,
}
