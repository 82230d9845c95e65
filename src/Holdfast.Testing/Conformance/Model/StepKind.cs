namespace Holdfast.Testing;

/// <summary>What a step of a random sequence does.</summary>
internal enum StepKind
{
    Append,
    AppendKeyframe,
    AppendOther,
    AppendAhead,
    AppendElsewhere,
    AppendBeginsOrNot,
    AppendOtherLife,
    BeginAt,
    Repeat,
    ReadTail,
    ReadRange,
    ReadSince,
    ReadLife,
    GetHead,
    SetExpiry,
    UpdateHead,
    UpdateIf,
    Rewrite,
    Trim,
    Erase,
    EraseIfUnchanged,
    KeepAsTrunk,
    List,
    ListDue,
}
