namespace Holdfast;

/// <summary>The id of a turn: unique among all turns, and made in the order of time.</summary>
/// <param name="Value">The text of the id.</param>
public readonly record struct TurnId(string Value)
{
    /// <summary>Makes a new id.</summary>
    public static TurnId New(TimeProvider timeProvider) => new(CommitId.New(timeProvider).Value.ToString("N"));

    /// <summary>Reads an id from its text.</summary>
    /// <exception cref="InvalidIdentifierException">The text cannot be an id.</exception>
    public static TurnId Parse(string text) => new(Identifiers.Check(text, "turn id"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}
