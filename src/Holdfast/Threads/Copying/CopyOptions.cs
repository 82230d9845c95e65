namespace Holdfast;

/// <summary>Which threads are copied to another store.</summary>
public sealed record CopyOptions
{
    /// <summary>The threads to copy.</summary>
    /// <value>The default is null: all of them, with the variables of their users and of the application.</value>
    public IReadOnlyCollection<ThreadId>? Threads { get; init; }

    /// <summary>Which threads to copy, of the store's tenant; the variables of users and of the application are not copied with them.</summary>
    /// <value>The default is null: all of them. It cannot be combined with <see cref="Threads"/> or <see cref="AllTenants"/>.</value>
    /// <remarks>
    /// Deleted threads are copied if <see cref="ThreadQuery.Deleted"/> asks for them. The order and the page size are ignored; a continuation is not
    /// allowed.
    /// </remarks>
    public ThreadQuery? Query { get; init; }

    /// <summary>Whether the threads of all tenants are copied, instead of those of the store's own. It cannot be combined with <see cref="Threads"/> or <see cref="Query"/>.</summary>
    /// <value>The default is false.</value>
    public bool AllTenants { get; init; }

    /// <summary>How many threads are copied at the same time: 1 to 256.</summary>
    /// <value>The default is 8.</value>
    public int Parallelism { get; init; } = 8;

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(CopyOptions))
        .Range(Parallelism is >= 1 and <= 256, nameof(Parallelism), "1 to 256", Parallelism)
        .Expect(!AllTenants || Threads is null, "CopyOptions.AllTenants cannot be combined with CopyOptions.Threads: ids belong to the tenant of the store.")
        .Expect(Query is null || Threads is null, "CopyOptions.Query cannot be combined with CopyOptions.Threads: set one of them.")
        .Expect(Query is null || !AllTenants, "CopyOptions.Query cannot be combined with CopyOptions.AllTenants: a query is over the tenant of the store.")
        .Expect(Query?.Continuation is null, "CopyOptions.Query must have no continuation: every thread that matches is copied.")
        .Include(Query?.Problems());
}
