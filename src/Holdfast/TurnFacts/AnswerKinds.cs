namespace Holdfast;

/// <summary>The ways in which an interrupt can be answered.</summary>
[Flags]
public enum AnswerKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Go on as asked.</summary>
    Accept = 1,

    /// <summary>Go on with other arguments.</summary>
    Edit = 2,

    /// <summary>Do not do it.</summary>
    Reject = 4,

    /// <summary>A value is given instead.</summary>
    Respond = 8,
}
