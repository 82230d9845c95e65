namespace Holdfast.Benchmarks.Backends;

/// <summary>What a team would write by hand to keep the turns of an agent: a table of messages and one of steps, and a transaction for each point that has to be durable.</summary>
internal interface IRawAgent : IAsyncDisposable
{
    /// <summary>Reads the last messages of a thread, newest first.</summary>
    Task<IReadOnlyList<string>> LastAsync(string thread, int count);

    /// <summary>Stores a message, a step with its result, or both, in one transaction.</summary>
    Task CommitAsync(string thread, string? message, string? step, string? result);
}
