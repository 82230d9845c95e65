namespace Holdfast;

/// <summary>What ends the life of a thread.</summary>
public enum ThreadEnd
{
    /// <summary>It is not there any more: it was erased, or it belongs to another user than the one whose view this is.</summary>
    Erased,

    /// <summary>It has expired.</summary>
    Expired,
}
