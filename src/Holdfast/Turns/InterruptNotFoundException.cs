namespace Holdfast;

/// <summary>There is no such interrupt, or it was closed so long ago that it is not known any more.</summary>
public sealed class InterruptNotFoundException : AgentStateException
{
    internal InterruptNotFoundException(InterruptId id)
        : base(ErrorCodes.InterruptNotFound, $"There is no interrupt '{id}'.") => Id = id;

    /// <summary>The interrupt.</summary>
    public InterruptId Id { get; }
}
