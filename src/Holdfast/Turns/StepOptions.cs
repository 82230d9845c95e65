namespace Holdfast;

/// <summary>How a step runs.</summary>
public sealed record StepOptions
{
    /// <summary>What happens when it is not known whether the step took effect.</summary>
    /// <value>The default is <see cref="StepPolicy.AtLeastOnce"/>.</value>
    public StepPolicy Policy { get; init; }

    /// <summary>Tells steps of one name apart, in loops and side by side. Without one, steps of a name are numbered in the order in which they begin.</summary>
    /// <value>The default is null.</value>
    public string? Key { get; init; }

    /// <summary>What the step works on, kept for people. When a step is resumed with another input, it is refused.</summary>
    /// <value>The default is null: not kept.</value>
    public string? Input { get; init; }

    /// <summary>How often the work is tried: 1 to 100.</summary>
    /// <value>The default is 1.</value>
    public int MaxAttempts { get; init; } = 1;

    /// <summary>How long to wait before the second try; twice as long before each further one.</summary>
    /// <value>The default is 1 second.</value>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two tries.</summary>
    /// <value>The default is 1 minute.</value>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Which errors are tried again. With <see cref="StepPolicy.AtMostOnce"/> only those that prove that nothing happened should be.</summary>
    /// <value>The default is null: all errors with <see cref="StepPolicy.AtLeastOnce"/>, none with <see cref="StepPolicy.AtMostOnce"/>.</value>
    public Func<Exception, bool>? RetryOn { get; init; }

    /// <summary>How long one try may take.</summary>
    /// <value>The default is null: as long as it takes.</value>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What to do when it is not known whether a step of <see cref="StepPolicy.AtMostOnce"/> took effect.</summary>
    /// <value>The default is <see cref="WhenUnknown.Ask"/>.</value>
    public WhenUnknown WhenUnknown { get; init; }

    internal static StepOptions Default { get; } = new();

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(StepOptions))
        .Identifier(Key, nameof(Key))
        .Range(Enum.IsDefined(Policy), nameof(Policy), "one of its values", Policy)
        .Range(Enum.IsDefined(WhenUnknown), nameof(WhenUnknown), "one of its values", WhenUnknown)
        .Range(MaxAttempts is >= 1 and <= 100, nameof(MaxAttempts), "1 to 100", MaxAttempts)
        .Range(Backoff >= TimeSpan.Zero, nameof(Backoff), "0 or more", Backoff)
        .Range(MaxBackoff >= TimeSpan.Zero, nameof(MaxBackoff), "0 or more", MaxBackoff)
        .Range(Timeout is null || Timeout > TimeSpan.Zero, nameof(Timeout), "more than 0", Timeout);
}
