using System.Diagnostics;
using System.Text.Json;

namespace Holdfast;

/// <summary>A key that both sides changed, each in its own way.</summary>
/// <param name="Section">The section, by its stored name.</param>
/// <param name="Key">The key.</param>
/// <param name="Origin">The value before the other side changed it; null if there was none.</param>
/// <param name="Ours">The value in the thread that is changed; null if there is none.</param>
/// <param name="Theirs">The value of the other side; null if it removed the key.</param>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record KeyConflict(string Section, string Key, JsonElement? Origin, JsonElement? Ours, JsonElement? Theirs)
{
    /// <summary>The key, without its values.</summary>
    public override string ToString() => $"{Section}/{Key}";
}
