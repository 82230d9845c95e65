namespace Holdfast;

/// <summary>Which threads are checked, or migrated.</summary>
public sealed record MigrateOptions
{
    /// <summary>Which threads, of the store's tenant.</summary>
    /// <value>The default is null: all of them, deleted ones too. It cannot be combined with <see cref="AllTenants"/>.</value>
    public ThreadQuery? Query { get; init; }

    /// <summary>Whether it is the threads of all tenants, instead of those of the store's own.</summary>
    /// <value>The default is false.</value>
    public bool AllTenants { get; init; }

    /// <summary>How many threads are worked on at the same time: 1 to 256.</summary>
    /// <value>The default is 8.</value>
    public int Parallelism { get; init; } = 8;

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(MigrateOptions))
        .Range(Parallelism is >= 1 and <= 256, nameof(Parallelism), "1 to 256", Parallelism)
        .Expect(Query is null || !AllTenants, "MigrateOptions.Query cannot be combined with MigrateOptions.AllTenants: a query is over the tenant of the store.")
        .Expect(Query?.Continuation is null, "MigrateOptions.Query must have no continuation: every thread that matches is worked on.")
        .Include(Query?.Problems());
}
