namespace Holdfast.Compare.Contestants;

/// <summary>A store that does the works of the comparison.</summary>
internal abstract class Contestant : IAsyncDisposable
{
    /// <summary>How long the model of a race takes to answer.</summary>
    protected static readonly TimeSpan ModelTime = TimeSpan.FromMilliseconds(5);

    /// <summary>The store, its driver and their versions.</summary>
    public abstract string Version { get; }

    /// <summary>Whether a call holds on to its thread until it is done, so that callers at once need a thread each.</summary>
    public virtual bool Blocks => false;

    /// <summary>Makes a history at once; false where turns have to make it.</summary>
    public virtual Task<bool> SeedAsync(string thread, int count) => Task.FromResult(false);

    /// <summary>Stores a turn, as durable as the contestant is.</summary>
    public abstract Task AppendAsync(string thread, Turn turn);

    /// <summary>Reads the last messages and all variables, through a new store object.</summary>
    public abstract Task<Stored> ReadAsync(string thread, int messages);

    /// <summary>Stores the turn of one of several writers at once, through a store object of its own: reads, waits for the model, writes. Returns how often it was told that others were faster.</summary>
    public abstract Task<int> RaceAsync(string thread, Turn turn);

    /// <summary>Returns to an earlier version of a thread, and forks it there; null where there are no earlier versions.</summary>
    /// <returns>How long each took, in milliseconds.</returns>
    public virtual Task<(double Rollback, double Fork)?> GoBackAsync(string thread) => Task.FromResult<(double, double)?>(null);

    public abstract ValueTask DisposeAsync();

    protected static Task ModelAnswersAsync() => Task.Delay(ModelTime, TimeProvider.System);
}
