using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>How the conformance kit comes by a log of one backend. A backend has one fixture for each way in which it can be set up.</summary>
/// <remarks>
/// Made anew for each case. The constructor does nothing costly, because discovery of the cases calls it too: the store is made in
/// <see cref="CreateAsync"/> and removed in <see cref="DisposeAsync"/>. Cases use tenants of their own, so fixtures may share one store.
/// </remarks>
public abstract class LogFixture : IAsyncDisposable
{
    /// <summary>The type of the log, by which the guard of <c>Holdfast.Testing.Xunit</c> knows the backend.</summary>
    public abstract Type LogType { get; }

    /// <summary>What the log can do: the log must say the same, and the cases for what it can (or cannot) do are run.</summary>
    public abstract LogCapabilities Capabilities { get; }

    /// <summary>Makes a store, and opens a log on it. Called once.</summary>
    public abstract ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Opens another log on the store that <see cref="CreateAsync"/> made, as another process would. Logs opened earlier may still be open if the log can do
    /// <see cref="LogCapabilities.MultiProcess"/>; otherwise they were disposed of.
    /// </summary>
    public abstract ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken);

    /// <summary>Whether the log can be cut off from its store by <see cref="CutOffAsync"/>; the cases about outages are run if so.</summary>
    /// <value>The default is false: a store within the process has no connection that could be cut.</value>
    public virtual bool CanCutOff => false;

    /// <summary>Makes the store unreachable for the open logs, as when a server is down: calls must soon fail. Called only if <see cref="CanCutOff"/>.</summary>
    public virtual ValueTask CutOffAsync(CancellationToken cancellationToken) => throw new NotSupportedException("This fixture cannot cut its log off.");

    /// <summary>Makes the store reachable again, with its data.</summary>
    public virtual ValueTask RestoreAsync(CancellationToken cancellationToken) => throw new NotSupportedException("This fixture cannot cut its log off.");

    /// <summary>Whether a log that has <see cref="ICommitHints"/> hears of the commits of others here. A pooler before a server, for one, keeps them away.</summary>
    /// <value>The default is true.</value>
    public virtual bool HearsOthers => true;

    /// <summary>Whether what is stored can be damaged by the methods below; the cases about damage are run if so.</summary>
    /// <value>The default is false.</value>
    public virtual bool CanDamage => false;

    /// <summary>Changes some bytes of the stored body of an entry and nothing else: checksums and digests beside it stay. Called while no log is open, only if <see cref="CanDamage"/>.</summary>
    public virtual ValueTask DamageEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken) => throw CannotDamage;

    /// <summary>
    /// Replaces the stored body of an entry as well as that can be forged: the digest of a rewritten body (<see cref="LogEntry.RewrittenHash"/>) and the backend's own
    /// checksums fit to <paramref name="body"/>. The rest of the entry and the head stay.
    /// </summary>
    public virtual ValueTask ForgeEntryAsync(ThreadKey key, long version, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) => throw CannotDamage;

    /// <summary>Removes a stored entry. The head and the other entries stay.</summary>
    public virtual ValueTask LoseEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken) => throw CannotDamage;

    /// <summary>Makes the stored head unreadable; the entries stay. Where the newest entry tells the head, that one is made unreadable.</summary>
    public virtual ValueTask DamageHeadAsync(ThreadKey key, CancellationToken cancellationToken) => throw CannotDamage;

    /// <summary>Removes the store. The logs on it were disposed of.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    private static NotSupportedException CannotDamage => new("This fixture cannot damage what is stored.");
}
