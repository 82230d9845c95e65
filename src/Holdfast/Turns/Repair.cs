namespace Holdfast;

/// <summary>What becomes of tool calls that never got a result.</summary>
public enum Repair
{
    /// <summary>Each is answered with a note that says what is known of it.</summary>
    Answer = 0,

    /// <summary>The call fails with <see cref="OpenCallsException"/>; nothing is changed.</summary>
    Report = 1,
}
