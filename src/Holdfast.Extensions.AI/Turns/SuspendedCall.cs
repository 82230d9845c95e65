namespace Holdfast;

/// <summary>Stands for the result of a call that waits; it reaches neither the model nor the caller.</summary>
internal sealed class SuspendedCall
{
    public static SuspendedCall Result { get; } = new();
}
