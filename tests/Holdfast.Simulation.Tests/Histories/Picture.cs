using System.Collections.Immutable;

namespace Holdfast.Simulation.Tests.Histories;

/// <summary>What one version of a thread must show.</summary>
internal sealed record Picture
{
    /// <summary>What a redaction changes by itself, so that nothing can be said of it once one has begun.</summary>
    public const string Card = "variables/card";

    /// <summary>A record: what is compared of it in a merge is where it stands, not what it says.</summary>
    public const string Doc = "records/doc";

    public static Picture Empty { get; } = new();

    public ImmutableList<Line> Lines { get; init; } = [];

    /// <summary>Variables, to-dos and the record, as JSON, by <c>section/key</c>.</summary>
    public ImmutableSortedDictionary<string, string> Keys { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public ImmutableList<string> Decisions { get; init; } = [];

    public string? Agent { get; init; }

    /// <summary>Up to which version which fork was merged.</summary>
    public ImmutableDictionary<CommitId, long> Merged { get; init; } = ImmutableDictionary<CommitId, long>.Empty;

    public Picture Say(Line line) => this with { Lines = Lines.Add(line) };

    public Picture Set(string key, string? json) => this with { Keys = json is null ? Keys.Remove(key) : Keys.SetItem(key, json) };

    public Picture KeepLast(int count) => this with { Lines = [.. Lines.TakeLast(count)] };

    /// <summary>What others have changed between two pictures is changed here, key by key.</summary>
    /// <param name="before">Theirs, before.</param>
    /// <param name="after">Theirs, after.</param>
    /// <param name="takesTheirs">Whether theirs holds where both sides changed a key.</param>
    /// <param name="chooses">Which keys are looked at.</param>
    public Picture Take(Picture before, Picture after, bool takesTheirs, Func<string, bool> chooses)
    {
        var merged = this;
        foreach (var key in before.Keys.Keys.Union(after.Keys.Keys).Where(chooses))
        {
            var (origin, ours, theirs) = (before.Keys.GetValueOrDefault(key), Keys.GetValueOrDefault(key), after.Keys.GetValueOrDefault(key));
            if (origin != theirs && (origin == ours || takesTheirs))
            {
                merged = merged.Set(key, theirs);
            }
        }

        return merged;
    }
}
