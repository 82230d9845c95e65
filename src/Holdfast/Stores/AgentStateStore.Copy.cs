namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Copies threads to another store, of whatever backend: every commit with its version, id, time, hash and bytes.</summary>
    /// <remarks>
    /// <para>
    /// Nothing in the source is changed, and nothing in the target is overwritten. Repeating a copy takes up one that was cut off, and adds the commits that
    /// came since. A thread appears in the target once it is whole, and is read back and compared with the chain of hashes of the source.
    /// </para>
    /// <para>Deleted threads are copied as such, expired ones are not. Commits that are made during the copy may be missing from it.</para>
    /// </remarks>
    /// <param name="target">The store to copy to.</param>
    /// <param name="options">What to copy; null for all threads of this store's tenant, with the variables of its users.</param>
    /// <param name="progress">Told of each commit, from any thread.</param>
    /// <param name="cancellationToken">Ends the copy between two commits.</param>
    /// <returns>What was copied, and which threads could not be.</returns>
    /// <exception cref="ArgumentException">The options are out of range or exclude each other, or both stores have the same log.</exception>
    /// <exception cref="ThreadNotFoundException">One of the threads that the options name is not there.</exception>
    /// <exception cref="StoreUnavailableException">One of the backends failed; what was copied until then is kept.</exception>
    public ValueTask<CopyResult> CopyToAsync(
        AgentStateStore target, CopyOptions? options = null, IProgress<CopyProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (ReferenceEquals(target.CommitLog, CommitLog))
        {
            throw new ArgumentException("A store cannot be copied to itself.", nameof(target));
        }

        options ??= new();
        options.Validate();
        return new StoreCopy(_context, target._context, Tenant, options, progress).RunAsync(cancellationToken);
    }
}
