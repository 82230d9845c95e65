namespace Holdfast;

/// <summary>What is known of a step.</summary>
public sealed record StepInfo
{
    /// <summary>The name, with what tells it apart from others of the name.</summary>
    public required string Key { get; init; }

    /// <summary>What it is: <c>step</c>, <c>tool</c>, <c>delay</c> or <c>hand-off</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What became of it.</summary>
    public required StepState State { get; init; }

    /// <summary>How often it was tried.</summary>
    public int Attempt { get; init; }

    /// <summary>When it began, or when its end was stored.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>How long the last try took; null where that is not known.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The call that it carried out, if it is a tool.</summary>
    public string? CallId { get; init; }

    /// <summary>What it worked on, if that was kept.</summary>
    public string? Input { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    internal static StepInfo Of(string key, StepDocument step) => new()
    {
        Key = key,
        Kind = step.Kind,
        State = step.State,
        Attempt = step.Attempt,
        At = DateTimeOffset.FromUnixTimeMilliseconds(step.At),
        Duration = step.Ms is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
        CallId = step.Call,
        Input = step.Input,
        Error = step.Error,
    };
}
