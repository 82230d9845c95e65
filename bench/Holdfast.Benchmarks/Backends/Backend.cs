using Holdfast.Logs;

namespace Holdfast.Benchmarks.Backends;

/// <summary>A place to store into that is measured against its raw driver.</summary>
internal abstract class Backend : IAsyncDisposable
{
    /// <summary>What is measured against: the raw operation, and with which durability.</summary>
    public abstract string Raw { get; }

    /// <summary>The version of the server or library.</summary>
    public abstract string Version { get; }

    /// <summary>The most that a commit of one caller may take, as a ratio to the raw driver; null where none is set.</summary>
    public virtual string? OneCallerBudget => "≤ 1.3";

    /// <summary>The least throughput of 32 callers, as a ratio to the raw driver; null where none is set.</summary>
    public virtual string? ManyCallersBudget => null;

    /// <summary>The most that opening a thread may take, in µs; null where none is set.</summary>
    public virtual string? OpenBudget => null;

    /// <summary>The most that taking up a conversation in a new process may take, as a ratio to what is written by hand; null where none is set.</summary>
    public virtual string? ColdResumeBudget => null;

    /// <summary>Opens a log, which is made if it is not there.</summary>
    public abstract Task<ICommitLog> OpenAsync(string name);

    /// <summary>Opens a log that tells nobody of its commits; null where none does.</summary>
    public virtual Func<string, Task<ICommitLog>>? Silent => null;

    /// <summary>The raw driver, for one caller.</summary>
    public abstract Task<IRawDriver> OpenRawAsync(string name);

    /// <summary>The ways in which many callers may use the raw driver at once. The fastest of them is what counts.</summary>
    public abstract Task<IReadOnlyList<(string Way, IReadOnlyList<IRawDriver> Drivers)>> OpenRawForManyAsync(string name, int callers);

    /// <summary>What a team would write by hand to take a conversation up again in a process that has nothing open; null where that is not compared.</summary>
    public virtual IRawResume? RawResume(string name) => null;

    /// <summary>What a team would write by hand to keep the turns of an agent; null where that is not compared.</summary>
    public virtual Task<IRawAgent?> OpenRawAgentAsync(string name) => Task.FromResult<IRawAgent?>(null);

    /// <summary>What a team would write by hand to keep conversations; null where that is not compared.</summary>
    public virtual Task<IRawHistory?> OpenRawHistoryAsync(string name) => Task.FromResult<IRawHistory?>(null);

    /// <summary>How many bytes a log takes, once it is closed; null where that is not known.</summary>
    public virtual long? StoredBytes(string name) => null;

    public abstract ValueTask DisposeAsync();

    protected static async Task<IReadOnlyList<IRawDriver>> EachAsync(int callers, Func<int, Task<IRawDriver>> open)
    {
        var drivers = new List<IRawDriver>();
        for (var i = 0; i < callers; i++)
        {
            drivers.Add(await open(i));
        }

        return drivers;
    }
}
