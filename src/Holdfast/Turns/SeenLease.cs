namespace Holdfast;

/// <summary>A lease as it was read.</summary>
/// <param name="Sign">The newest sign of life.</param>
/// <param name="By">The process that holds it.</param>
/// <param name="Time">How long it lasts.</param>
internal sealed record SeenLease(LeaseSign Sign, string By, TimeSpan Time)
{
    /// <summary>The lease of a thread; null if nobody holds it.</summary>
    public static SeenLease? Of(TurnBook book) => book.Lease is { } lease && book.Session.Base is { } head
        ? new(new(head.Life, lease.Token, book.HeldAt, head.Heartbeat), lease.By, TimeSpan.FromMilliseconds(lease.Ms))
        : null;

    /// <summary>Whether the holder has given no sign of life for long enough, as far as this process has seen.</summary>
    public bool HasLapsed(StoreContext store, ThreadKey key) => store.Leases.HasLapsed(key, Sign, By, Time, store.Time);
}
