using Holdfast.Logs;

namespace Holdfast;

/// <summary>While a user is being erased, nothing new of that user begins: it would be overlooked.</summary>
internal static class Erasing
{
    /// <summary>Refuses to begin a thread of a user who is being erased.</summary>
    /// <exception cref="ThreadAccessDeniedException">Everything of the user is being erased.</exception>
    public static async ValueTask RefuseAsync(StoreContext store, ThreadKey key, string? user, CancellationToken cancellationToken)
    {
        if (user is not null)
        {
            Refuse(key, await store.Unguarded.GetHeadAsync(ThreadKey.Of(ThreadSpace.Users, key.Tenant, user), cancellationToken).ConfigureAwait(false));
        }
    }

    /// <inheritdoc cref="RefuseAsync"/>
    /// <param name="key">The thread.</param>
    /// <param name="variables">The head of the thread of the user's variables.</param>
    public static void Refuse(ThreadKey key, ThreadHead? variables)
    {
        if (variables?.Properties.ContainsKey(HeadProperties.Erasing) is true)
        {
            throw new ThreadAccessDeniedException(key, $"Thread '{key}' cannot begin: everything of its user is being erased.");
        }
    }
}
