namespace Holdfast;

/// <summary>What is copied from one store to another.</summary>
public sealed class CopyOptions
{
    /// <summary>The threads to copy.</summary>
    /// <value>The default is null: all of them, with the variables of their users.</value>
    public IReadOnlyCollection<ThreadId>? Threads { get; set; }

    /// <summary>Which threads to copy, of the store's tenant; the variables of users are not copied with them.</summary>
    /// <value>The default is null: all of them. It cannot be combined with <see cref="Threads"/> or <see cref="AllTenants"/>.</value>
    /// <remarks>
    /// Deleted threads are copied if <see cref="ThreadQuery.Deleted"/> asks for them. The order and the size of pages are of no matter, and there can be no
    /// continuation.
    /// </remarks>
    public ThreadQuery? Query { get; set; }

    /// <summary>Whether the threads of all tenants are copied, instead of those of the store's own. It cannot be combined with <see cref="Threads"/> or <see cref="Query"/>.</summary>
    public bool AllTenants { get; set; }

    /// <summary>How many threads are copied at the same time: 1 to 256.</summary>
    /// <value>The default is 8.</value>
    public int Parallelism { get; set; } = 8;

    internal void Validate()
    {
        if (Parallelism is < 1 or > 256)
        {
            throw new ArgumentException($"CopyOptions.Parallelism must be 1 to 256; it is {Parallelism}.");
        }

        if (AllTenants && Threads is not null)
        {
            throw new ArgumentException("CopyOptions.AllTenants cannot be combined with CopyOptions.Threads: ids belong to the tenant of the store.");
        }

        if (Query is null)
        {
            return;
        }

        if (Threads is not null || AllTenants)
        {
            throw new ArgumentException(
                $"CopyOptions.Query cannot be combined with CopyOptions.{(AllTenants ? nameof(AllTenants) : nameof(Threads))}: set one of them. A query is over the tenant of the store.");
        }

        if (Query.Continuation is not null)
        {
            throw new ArgumentException("CopyOptions.Query must have no continuation: every thread that matches is copied.");
        }

        Query.Validate();
    }
}
