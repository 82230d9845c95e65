namespace Holdfast;

/// <summary>Which threads are exported to a bundle.</summary>
public sealed record ExportOptions
{
    /// <summary>The threads to export.</summary>
    /// <value>The default is null: all of them, with the variables of their users and of the application.</value>
    public IReadOnlyCollection<ThreadId>? Threads { get; init; }

    /// <summary>Which threads to export, of the store's tenant; the variables of users and of the application are not exported with them.</summary>
    /// <value>The default is null: all of them. It cannot be combined with <see cref="Threads"/> or <see cref="AllTenants"/>.</value>
    /// <remarks>
    /// Deleted threads are exported if <see cref="ThreadQuery.Deleted"/> asks for them. The order and the page size are ignored; a continuation is not
    /// allowed.
    /// </remarks>
    public ThreadQuery? Query { get; init; }

    /// <summary>Whether the threads of all tenants are exported, instead of those of the store's own. It cannot be combined with <see cref="Threads"/> or <see cref="Query"/>.</summary>
    /// <value>The default is false.</value>
    public bool AllTenants { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(ExportOptions))
        .Expect(!AllTenants || Threads is null, "ExportOptions.AllTenants cannot be combined with ExportOptions.Threads: ids belong to the tenant of the store.")
        .Expect(Query is null || Threads is null, "ExportOptions.Query cannot be combined with ExportOptions.Threads: set one of them.")
        .Expect(Query is null || !AllTenants, "ExportOptions.Query cannot be combined with ExportOptions.AllTenants: a query is over the tenant of the store.")
        .Expect(Query?.Continuation is null, "ExportOptions.Query must have no continuation: every thread that matches is exported.")
        .Include(Query?.Problems());
}
