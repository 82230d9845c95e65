namespace Holdfast;

/// <summary>The interrupt cannot be answered in this way; nothing was stored.</summary>
public sealed class AnswerNotAllowedException : AgentStateException
{
    internal AnswerNotAllowedException(InterruptId id, AnswerKinds kind, AnswerKinds allowed)
        : base(ErrorCodes.AnswerNotAllowed, $"Interrupt '{id}' cannot be answered with {kind.ToString().ToLowerInvariant()}; allowed is: {allowed.ToString().ToLowerInvariant()}.") => (Id, Allowed) = (id, allowed);

    /// <summary>The interrupt.</summary>
    public InterruptId Id { get; }

    /// <summary>The ways in which it can be answered.</summary>
    public AnswerKinds Allowed { get; }
}
