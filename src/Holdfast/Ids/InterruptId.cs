using System.Text;

namespace Holdfast;

/// <summary>The id of an interrupt. It follows from the turn and the name, so that a turn that is resumed finds the interrupt that it raised.</summary>
/// <param name="Value">The text of the id.</param>
public readonly record struct InterruptId(string Value)
{
    private const int Length = 24;

    /// <summary>Reads an id from its text.</summary>
    /// <exception cref="InvalidIdentifierException">The text cannot be an id.</exception>
    public static InterruptId Parse(string text) => new(Identifiers.Check(text, "interrupt id"));

    /// <inheritdoc/>
    public override string ToString() => Value;

    internal static InterruptId Of(TurnId turn, string name) => new(Digest.Compute(Encoding.UTF8.GetBytes($"{turn}\n{name}")).ToString()[..Length]);
}
