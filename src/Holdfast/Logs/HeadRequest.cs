namespace Holdfast.Logs;

/// <summary>Which head is read.</summary>
public sealed record HeadRequest
{
    /// <summary>The thread.</summary>
    public required ThreadKey Key { get; init; }

    /// <summary>Whether the pins are read too, into <see cref="ThreadHead.Pins"/>.</summary>
    public bool WithPins { get; init; }
}
