using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>What is known of a turn.</summary>
public sealed record TurnInfo
{
    /// <summary>The id.</summary>
    public required TurnId Id { get; init; }

    /// <summary>The idempotency key, if it has one.</summary>
    public string? Key { get; init; }

    /// <summary>Where it stands.</summary>
    public required TurnState State { get; init; }

    /// <summary>How often it was begun: 0 for one that waits in the queue.</summary>
    public int Attempt { get; init; }

    /// <summary>When it began, or was queued.</summary>
    public required DateTimeOffset BegunAt { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Who began it.</summary>
    public string? By { get; init; }

    /// <summary>The agent that was in charge of it.</summary>
    public string? Agent { get; init; }

    /// <summary>The turn of the parent thread that it works for; null for none.</summary>
    public TurnId? Parent { get; init; }

    /// <summary>How many tokens its replies took, as far as the models said.</summary>
    public UsageDetails? Usage { get; init; }

    /// <summary>Why it failed or was cancelled.</summary>
    public string? Error { get; init; }

    /// <summary>The version that it began with; 0 for one that waits in the queue.</summary>
    public long FirstVersion { get; init; }

    /// <summary>The version that it ended with; null while it has not.</summary>
    public long? LastVersion { get; init; }

    /// <summary>How many steps it has.</summary>
    public int Steps { get; init; }

    internal static TurnInfo Of(TurnId id, TurnDocument turn, int steps, long? endedAt = null, long? lastVersion = null) => new()
    {
        Id = id,
        Key = turn.Key,
        State = turn.State,
        Attempt = turn.Attempt,
        BegunAt = DateTimeOffset.FromUnixTimeMilliseconds(turn.At),
        EndedAt = endedAt is { } ended ? DateTimeOffset.FromUnixTimeMilliseconds(ended) : null,
        By = turn.By,
        Agent = turn.Agent,
        Parent = turn.Up is { } up ? new(up) : null,
        Usage = turn.Usage is { } usage ? new() { InputTokenCount = usage.Input, OutputTokenCount = usage.Output, TotalTokenCount = usage.Total } : null,
        Error = turn.Error,
        FirstVersion = turn.Begun,
        LastVersion = lastVersion,
        Steps = steps,
    };

    internal static TurnInfo Of(TurnId id, QueuedDocument queued) => new()
    {
        Id = id,
        Key = queued.Key,
        State = TurnState.Queued,
        BegunAt = DateTimeOffset.FromUnixTimeMilliseconds(queued.At),
        By = queued.By,
        Agent = queued.Agent,
    };
}
