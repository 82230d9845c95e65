namespace Holdfast;

/// <summary>A value that is not the same at two points.</summary>
/// <param name="Before">The value at the first point.</param>
/// <param name="After">The value at the second point.</param>
public sealed record ValueDiff<T>(T Before, T After)
{
    internal static ValueDiff<T>? Of(T before, T after) => EqualityComparer<T>.Default.Equals(before, after) ? null : new(before, after);
}
