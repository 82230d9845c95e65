using Holdfast.Logs;

namespace Holdfast.Cli.Commands;

/// <summary>What <c>holdfast recover</c> recovers: a thread, or the variables of a user or of the application.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Name">What it is called within a sentence.</param>
/// <param name="IsIntact">The sentence that nothing is wrong with it.</param>
/// <param name="IsMissing">The sentence that there is no such thing.</param>
/// <param name="RecoverAsync">Recovers it.</param>
internal sealed record RecoverTarget(ThreadKey Key, string Name, string IsIntact, string IsMissing, Func<RecoverOptions, CancellationToken, ValueTask<RecoveryReport?>> RecoverAsync)
{
    public static RecoverTarget Thread(AgentStateStore store, ThreadId id)
        => new(ThreadKey.Of(store.Tenant, id), $"'{id}'", $"'{id}' is intact", $"There is no thread '{id}'", store.Thread(id).RecoverAsync);

    public static RecoverTarget User(AgentStateStore store, string user) => new(
        ThreadKey.Of(ThreadSpace.Users, store.Tenant, user),
        $"the variables of user '{user}'",
        $"The variables of user '{user}' are intact",
        $"User '{user}' has no variables",
        (options, token) => store.RecoverUserVariablesAsync(user, options, token));

    public static RecoverTarget App(AgentStateStore store) => new(
        ThreadKey.Of(ThreadSpace.App, store.Tenant, "variables"),
        "the variables of the application",
        "The variables of the application are intact",
        "The application has no variables",
        store.RecoverAppVariablesAsync);

    /// <summary>The command that recovers what has a key; null if none does.</summary>
    public static string? CommandFor(ThreadKey key)
    {
        var target = key.Space switch
        {
            ThreadSpace.Threads => Shell.Quote(key.Id.Value),
            ThreadSpace.Users => $"--user {Shell.Quote(key.Id.Value)}",
            ThreadSpace.App => "--app",
            _ => null,
        };
        return target is null ? null : $"holdfast recover {target}{(key.Tenant.Length == 0 ? "" : $" --tenant {Shell.Quote(key.Tenant)}")}";
    }
}
