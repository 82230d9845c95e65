namespace Holdfast;

/// <summary>How a lease is taken.</summary>
public sealed record LeaseOptions
{
    /// <summary>How long the lease lasts without a sign of life: 1 s to 1 h.</summary>
    /// <value>The default is 60 seconds.</value>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Who takes it, for the log of commits.</summary>
    /// <value>The default is null: nobody is named.</value>
    public string? By { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(LeaseOptions)).Identifier(By, nameof(By))
        .Range(Time >= TimeSpan.FromSeconds(1) && Time <= TimeSpan.FromHours(1), nameof(Time), "1 s to 1 h", Time);
}
