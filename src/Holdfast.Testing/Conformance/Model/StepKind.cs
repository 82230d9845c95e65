namespace Holdfast.Testing;

/// <summary>What a step of a random sequence does.</summary>
internal enum StepKind
{
    Append,
    AppendKeyframe,
    AppendOther,
    AppendAhead,
    AppendElsewhere,
    Repeat,
    ReadTail,
    ReadRange,
    GetHead,
    SetExpiry,
    Rewrite,
    Trim,
    Erase,
    EraseIfUnchanged,
    List,
}
