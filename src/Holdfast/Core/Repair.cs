namespace Holdfast;

/// <summary>What becomes of tool calls that never got a result. A call whose result is recorded is answered with it in any case.</summary>
public enum Repair
{
    /// <summary>Each is answered with a note that says what is known of it.</summary>
    Answer = 0,

    /// <summary>The call fails with <see cref="OpenCallsException"/>; nothing is changed.</summary>
    Report = 1,

    /// <summary>The messages with the calls are hidden, along with the results that some of their calls have; the rest of the conversation stays. Earlier versions still have them.</summary>
    Drop = 2,
}
