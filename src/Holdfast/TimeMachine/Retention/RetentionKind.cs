namespace Holdfast;

/// <summary>What keeps versions of a thread.</summary>
public enum RetentionKind
{
    /// <summary>The newest versions stay.</summary>
    Newest,

    /// <summary>Young versions stay.</summary>
    Age,

    /// <summary>A message that is visible now was added there.</summary>
    Messages,

    /// <summary>A label names a version.</summary>
    Label,

    /// <summary>A fork shows a version.</summary>
    Fork,

    /// <summary>A turn, a step or a question that is open refers to a version.</summary>
    Turn,
}
