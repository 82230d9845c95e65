using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Where the good entries of a damaged thread are held while it is recovered: in the space of trunks, under the id of the thread and a life that no thread has.</summary>
/// <remarks>Threads of several spaces can have the same id. The property <see cref="HeadProperties.Recovering"/> tells whose the entries are.</remarks>
internal static class HeldEntries
{
    /// <summary>The head that the entries of a thread have while they are held.</summary>
    public static ThreadHead Hold(StoreContext store, ThreadHead head) => head with
    {
        Key = ThreadKey.Trunk(ThreadKey.Of(head.Key.Tenant, head.Key.Id), CommitId.New(store.Time)),
        Properties = new Dictionary<string, string>(head.Properties, StringComparer.Ordinal) { [HeadProperties.Recovering] = NameOf(head.Key) },
    };

    /// <summary>The head that they have when they are back in their thread.</summary>
    public static ThreadHead Release(ThreadHead held, ThreadKey key) => held with
    {
        Key = key,
        Properties = held.Properties.Where(property => property.Key != HeadProperties.Recovering).ToDictionary(StringComparer.Ordinal),
    };

    /// <summary>What is held of a thread; more than one where several recoveries were cut off.</summary>
    public static async IAsyncEnumerable<ThreadHead> ListAsync(StoreContext store, ThreadKey key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var query = new HeadQuery
        {
            Space = ThreadSpace.Trunks,
            Tenant = key.Tenant,
            Filter = new() { IdPrefix = key.Id.Value, Deleted = DeletedFilter.Include, Order = ThreadOrder.Id, PageSize = ThreadQuery.MaxPageSize },
            AsOf = store.Now,
            Expired = ExpiredFilter.Include,
        };
        await foreach (var head in store.Unguarded.ListAllAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (IsOf(head, key) && (store.User is null || key.Space != ThreadSpace.Threads || store.User == head.UserId))
            {
                yield return head;
            }
        }
    }

    /// <summary>Removes what is held of a thread, for good.</summary>
    /// <returns>Whether anything was.</returns>
    public static async ValueTask<bool> EraseAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
    {
        var any = false;
        await foreach (var held in ListAsync(store, key, cancellationToken).ConfigureAwait(false))
        {
            any |= await store.Unguarded.EraseAsync(held.Key, null, cancellationToken).ConfigureAwait(false);
        }

        return any;
    }

    private static bool IsOf(ThreadHead head, ThreadKey key)
        => head.Properties.GetValueOrDefault(HeadProperties.Recovering) == NameOf(key) && head.Key.TryGetTrunk(out var thread, out _) && thread.Id == key.Id;

    // That of a conversation is its id. No other one has the same name and the same id.
    private static string NameOf(ThreadKey key) => key.Space == ThreadSpace.Threads ? key.Id.Value : $"{key.Space.ToName()}/{key.Id.Value}";
}
