using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Which threads of a store are copied or exported.</summary>
internal sealed class ThreadSelection(StoreContext source, string tenant)
{
    private readonly Dictionary<string, CopyFailure> _leftOut = new(StringComparer.Ordinal);

    /// <summary>The threads; null for all that the query asks for.</summary>
    public IReadOnlyCollection<ThreadId>? Threads { get; init; }

    /// <summary>What threads must have; null for all, with the variables of users and of the application.</summary>
    public ThreadQuery? Query { get; init; }

    /// <summary>Whether the threads of all tenants are chosen.</summary>
    public bool AllTenants { get; init; }

    /// <summary>What the last listing had to leave out, because the head of a thread cannot be read: nobody knows whether it is one of those that are chosen.</summary>
    public IReadOnlyCollection<CopyFailure> LeftOut => _leftOut.Values;

    /// <summary>Whether a thread is among those that are chosen.</summary>
    public async ValueTask<bool> ContainsAsync(ThreadHead head, CancellationToken cancellationToken)
        => (Threads is null ? AllTenants || head.Key.Tenant == tenant : Threads.Contains(head.Key.Id))
            && !head.IsExpired(source.Now)
            && (Query is null || new HeadQuery { Space = ThreadSpace.Threads, Tenant = null, Filter = Query, AsOf = source.Now }.Matches(head))
            && await source.Calls.GetHeadAsync(head.Key, cancellationToken).ConfigureAwait(false) is { } seen && seen.Life == head.Life;

    /// <summary>The heads of the threads. Expired ones are left out.</summary>
    /// <exception cref="ThreadNotFoundException">One of <see cref="Threads"/> is not there.</exception>
    public async IAsyncEnumerable<ThreadHead> HeadsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Threads is { } threads)
        {
            foreach (var key in threads.Distinct().Select(id => ThreadKey.Of(tenant, id)))
            {
                var head = await source.Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
                yield return head is not null && !head.IsExpired(source.Now) ? head : throw new ThreadNotFoundException(key);
            }

            yield break;
        }

        _leftOut.Clear();
        var filter = Query ?? new() { Deleted = DeletedFilter.Include };
        ThreadSpace[] spaces = Query is null ? [ThreadSpace.Threads, ThreadSpace.Users, ThreadSpace.App] : [ThreadSpace.Threads];
        foreach (var space in spaces)
        {
            var query = new HeadQuery
            {
                Space = space,
                Tenant = AllTenants ? null : tenant,
                Filter = filter with { Order = ThreadOrder.Id, PageSize = ThreadQuery.MaxPageSize },
                AsOf = source.Now,
                Expired = ExpiredFilter.Exclude,
            };
            await foreach (var head in source.Calls.ListAllAsync(query, (key, problem) => _leftOut[problem.Message] = new(key, problem), cancellationToken).ConfigureAwait(false))
            {
                yield return head;
            }
        }
    }
}
