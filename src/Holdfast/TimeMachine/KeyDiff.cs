using System.Diagnostics;
using System.Text.Json;

namespace Holdfast;

/// <summary>A key of a section that is not the same at two points.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class KeyDiff
{
    private IReadOnlyList<JsonChange>? _changes;

    internal KeyDiff(string section, string key, JsonElement? before, JsonElement? after) => (Section, Key, Before, After) = (section, key, before, after);

    /// <summary>The section, by its stored name: <c>variables</c>, <c>metadata</c>, <c>todos</c>, <c>goals</c>, <c>tools/NAME</c>, or one of your own. <c>$user</c> stands for the variables of the user in a thread without an owner.</summary>
    public string Section { get; }

    /// <summary>The key; of a todo or goal, its id.</summary>
    public string Key { get; }

    /// <summary>What became of the key.</summary>
    public DiffKind Kind => Before is null ? DiffKind.Added : After is null ? DiffKind.Removed : DiffKind.Changed;

    /// <summary>The value at the first point; null if there is none.</summary>
    public JsonElement? Before { get; }

    /// <summary>The value at the second point; null if there is none.</summary>
    public JsonElement? After { get; }

    /// <summary>Where within the value it is not the same; none for a key that was added or removed.</summary>
    public IReadOnlyList<JsonChange> Changes => _changes ??= Kind == DiffKind.Changed ? JsonComparison.Of(Before!.Value, After!.Value) : [];

    /// <summary>The key and what became of it, without its values.</summary>
    public override string ToString() => $"{Section}/{Key} {Kind}";
}
