namespace Holdfast;

/// <summary>How a store repeats calls to a backend on the network that fail with a <see cref="StoreUnavailableException"/>.</summary>
/// <remarks>
/// Only what is safe to repeat is repeated: reads, and commits, which are never written twice. The waits between the tries grow exponentially from
/// <see cref="Delay"/> to <see cref="MaxDelay"/>, with jitter. How long one try may take is a setting of the backend.
/// </remarks>
public sealed class RetryOptions
{
    /// <summary>How often a call is repeated: 0 (never) to 100.</summary>
    /// <value>The default is 5.</value>
    public int MaxRetries { get; set; } = 5;

    /// <summary>About how long to wait before the first repetition: up to one minute.</summary>
    /// <value>The default is 50 milliseconds.</value>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest wait: from <see cref="Delay"/> to one hour.</summary>
    /// <value>The default is 2 seconds.</value>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(2);

    internal OptionProblems Problems() => new OptionProblems(nameof(RetryOptions))
        .Range(MaxRetries is >= 0 and <= 100, nameof(MaxRetries), "0 to 100", MaxRetries)
        .Range(Delay >= TimeSpan.Zero && Delay <= TimeSpan.FromMinutes(1), nameof(Delay), "0 to 1 minute", Delay)
        .Range(MaxDelay >= Delay && MaxDelay <= TimeSpan.FromHours(1), nameof(MaxDelay), "Delay to 1 hour", MaxDelay);

    internal RetryOptions Snapshot() => (RetryOptions)MemberwiseClone();
}
