namespace Holdfast;

/// <summary>The settings of a worker that runs turns in the host.</summary>
public sealed class ThreadWorkerOptions
{
    /// <summary>How many turns run at the same time: 1 to 1,000.</summary>
    /// <value>The default is 8.</value>
    public int Concurrency { get; set; } = 8;

    /// <summary>How long to wait before looking again for threads that are due: 10 milliseconds to 1 hour.</summary>
    /// <value>The default is 1 second.</value>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Runs only threads that this agent is in charge of.</summary>
    /// <value>The default is null: those of all agents, and of none.</value>
    public string? Agent { get; set; }

    /// <summary>Whether threads of all tenants are run.</summary>
    /// <value>The default is false: those of the default tenant.</value>
    public bool AllTenants { get; set; }

    /// <summary>How many turns of one user run here at the same time: 1 to 1,000. Threads without an owner are not limited.</summary>
    /// <value>The default is 2.</value>
    public int MaxPerUser { get; set; } = 2;

    /// <summary>How long the handlers have for ending when the host stops: up to 1 hour. The host must wait longer (<c>HostOptions.ShutdownTimeout</c>, 30 seconds by default).</summary>
    /// <value>The default is 20 seconds.</value>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How turns are run: lease, attempts, window of the history, concurrent tools, repair. What a submitted turn says about its key, its author and its agent holds.</summary>
    /// <value>The defaults of <see cref="TurnOptions"/>.</value>
    public TurnOptions Turns { get; set; } = new();

    internal OptionProblems Problems() => new OptionProblems(nameof(ThreadWorkerOptions)).Identifier(Agent, nameof(Agent))
        .Range(Concurrency is >= 1 and <= 1000, nameof(Concurrency), "1 to 1,000", Concurrency)
        .Range(PollInterval >= TimeSpan.FromMilliseconds(10) && PollInterval <= TimeSpan.FromHours(1), nameof(PollInterval), "10 milliseconds to 1 hour", PollInterval)
        .Range(MaxPerUser is >= 1 and <= 1000, nameof(MaxPerUser), "1 to 1,000", MaxPerUser)
        .Range(StopTimeout >= TimeSpan.Zero && StopTimeout <= TimeSpan.FromHours(1), nameof(StopTimeout), "0 to 1 hour", StopTimeout)
        .Set(Turns, nameof(Turns))
        .Include(Turns?.Problems(), nameof(Turns));

    internal ThreadWorkerOptions Snapshot() => (ThreadWorkerOptions)MemberwiseClone();
}
