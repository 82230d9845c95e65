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

    /// <summary>Opens an empty log.</summary>
    public abstract Task<ICommitLog> OpenAsync(string name);

    /// <summary>The raw driver, for one caller.</summary>
    public abstract Task<IRawDriver> OpenRawAsync(string name);

    /// <summary>The ways in which many callers may use the raw driver at once. The fastest of them is what counts.</summary>
    public abstract Task<IReadOnlyList<(string Way, IReadOnlyList<IRawDriver> Drivers)>> OpenRawForManyAsync(string name, int callers);

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
