using System.Text.Json;

namespace Holdfast.Compare.Protocol;

/// <summary>What a contestant answers: one JSON object a line, on its standard output. Each work fills in what belongs to it.</summary>
internal sealed record Answer
{
    public bool Ready { get; init; }

    public string? Version { get; init; }

    public bool Done { get; init; }

    /// <summary>The duration of each call.</summary>
    public IReadOnlyList<double>? Ms { get; init; }

    /// <summary>How the messages begin that were read, oldest first.</summary>
    public IReadOnlyList<string>? Messages { get; init; }

    public Dictionary<string, JsonElement>? Variables { get; init; }

    public int? Turns { get; init; }

    public double? Seconds { get; init; }

    /// <summary>How many writers of a race were told that somebody else was faster.</summary>
    public int? Reported { get; init; }

    public int? Acknowledged { get; init; }

    /// <summary>How long it took to return to an earlier version of a thread; null where that is not possible.</summary>
    public double? Rollback { get; init; }

    /// <summary>How long it took to fork a thread; null where that is not possible.</summary>
    public double? Fork { get; init; }

    public string? Error { get; init; }
}
