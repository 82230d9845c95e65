using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>A turn that has not ended, as it is folded. Times are milliseconds since 1970.</summary>
internal sealed record TurnDocument
{
    [JsonPropertyName("s")]
    public required TurnState State { get; init; }

    /// <summary>The version that the turn began with.</summary>
    [JsonPropertyName("b")]
    public long Begun { get; init; }

    /// <summary>How often it was begun or taken over.</summary>
    [JsonPropertyName("n")]
    public int Attempt { get; init; } = 1;

    [JsonPropertyName("at")]
    public long At { get; init; }

    public string? By { get; init; }

    public string? Agent { get; init; }

    public string? Key { get; init; }

    /// <summary>When a turn that sleeps wakes, or when one whose interrupts are all decided was decided.</summary>
    public long? Wake { get; init; }

    public TurnUsage? Usage { get; init; }

    public string? Error { get; init; }

    /// <summary>The turn of the parent thread that it works for.</summary>
    public string? Up { get; init; }

    /// <summary>Calls of agents that it waits for: call id → the status of the child thread.</summary>
    public IReadOnlyDictionary<string, string>? Waits { get; init; }

    /// <summary>Whether it runs without the lease.</summary>
    [JsonPropertyName("par")]
    public bool IsParallel { get; init; }

    /// <summary>Whether a message of the user waits in a record until the open calls have their results.</summary>
    [JsonPropertyName("in")]
    public bool HasInput { get; init; }

    /// <summary>The hashes of the keys of messages that entered the turn besides its own.</summary>
    [JsonPropertyName("ks")]
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>Whether what was said with a key is part of the turn.</summary>
    public bool HasKey(string key) => Key == key || Keys?.Contains(KeyHash.Of(key)) is true;

    /// <summary>The turn with what was said with other keys.</summary>
    public TurnDocument With(IEnumerable<string> keys)
    {
        var added = keys.Where(key => !HasKey(key)).Select(KeyHash.Of).ToList();
        return added.Count == 0 ? this : this with { Keys = [.. Keys ?? [], .. added] };
    }
}
