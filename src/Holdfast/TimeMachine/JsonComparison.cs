using System.Text.Json;

namespace Holdfast;

/// <summary>Finds where two JSON values are different.</summary>
internal static class JsonComparison
{
    /// <summary>The changes that lead from one value to another; none if they are the same.</summary>
    public static IReadOnlyList<JsonChange> Of(JsonElement before, JsonElement after)
    {
        var changes = new List<JsonChange>();
        Compare("", before, after, changes);
        return changes;
    }

    private static void Compare(string path, JsonElement before, JsonElement after, List<JsonChange> changes)
    {
        if (JsonElement.DeepEquals(before, after))
        {
            return;
        }

        switch (before.ValueKind, after.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                CompareMembers(path, before, after, changes);
                break;
            case (JsonValueKind.Array, JsonValueKind.Array):
                CompareElements(path, [.. before.EnumerateArray()], [.. after.EnumerateArray()], changes);
                break;
            default:
                changes.Add(new(path, DiffKind.Changed, before, after));
                break;
        }
    }

    private static void CompareMembers(string path, JsonElement before, JsonElement after, List<JsonChange> changes)
    {
        foreach (var member in before.EnumerateObject())
        {
            if (after.TryGetProperty(member.Name, out var other))
            {
                Compare(Join(path, member.Name), member.Value, other, changes);
            }
            else
            {
                changes.Add(new(Join(path, member.Name), DiffKind.Removed, member.Value, null));
            }
        }

        foreach (var member in after.EnumerateObject().Where(member => !before.TryGetProperty(member.Name, out _)))
        {
            changes.Add(new(Join(path, member.Name), DiffKind.Added, null, member.Value));
        }
    }

    // What both begin and end with is the same; what is between is compared place by place.
    private static void CompareElements(string path, List<JsonElement> before, List<JsonElement> after, List<JsonChange> changes)
    {
        var start = 0;
        while (start < before.Count && start < after.Count && JsonElement.DeepEquals(before[start], after[start]))
        {
            start++;
        }

        var end = 0;
        while (end < Math.Min(before.Count, after.Count) - start && JsonElement.DeepEquals(before[^(end + 1)], after[^(end + 1)]))
        {
            end++;
        }

        var both = Math.Min(before.Count, after.Count) - end;
        for (var i = start; i < both; i++)
        {
            Compare(Join(path, i), before[i], after[i], changes);
        }

        for (var i = both; i < before.Count - end; i++)
        {
            changes.Add(new(Join(path, i), DiffKind.Removed, before[i], null));
        }

        for (var i = both; i < after.Count - end; i++)
        {
            changes.Add(new(Join(path, i), DiffKind.Added, null, after[i]));
        }
    }

    private static string Join(string path, int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{path}/{index}");

    private static string Join(string path, string name) => $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
