using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>For whom a call of a chat client is made, and the store that it may see.</summary>
/// <param name="Store">The store, of the tenant of the call.</param>
/// <param name="UserId">The user; null for nobody.</param>
/// <param name="IsAnonymous">Whether it is known that there is no user, so that only threads of nobody are reached.</param>
internal readonly record struct ChatCaller(AgentStateStore Store, string? UserId, bool IsAnonymous)
{
    /// <summary>Whether the call is made for a user, known or not, rather than by the application itself.</summary>
    public bool IsOfUser => UserId is not null || IsAnonymous;

    /// <exception cref="ThreadAccessDeniedException">The call has no user or tenant where one is needed, or names one that it may not.</exception>
    public static ChatCaller Of(AgentStateStore store, PersistentChatOptions options, ChatOptions? call, ThreadId thread)
    {
        var key = ThreadKey.Of(store.Tenant, thread);
        if (options.TenantOf is { } tenantOf)
        {
            store = store.ForTenant(tenantOf(call)
                ?? throw new ThreadAccessDeniedException(key, "The call has no tenant: PersistentChatOptions.TenantOf returned null."));
        }
        else if (Named(call, PersistentChatClient.TenantProperty, key) is { } tenant && tenant != store.Tenant)
        {
            store = store.Tenant.Length == 0
                ? store.ForTenant(tenant)
                : throw new ThreadAccessDeniedException(key, $"The call names a tenant ('{PersistentChatClient.TenantProperty}') other than that of the store.");
        }

        if (options.UserIdOf is { } userIdOf)
        {
            var user = userIdOf(call);
            return user is not null || options.AllowAnonymous
                ? new(store, user, user is null)
                : throw new ThreadAccessDeniedException(
                    key, "The call has no user: PersistentChatOptions.UserIdOf returned null. Sign the user in, or set PersistentChatOptions.AllowAnonymous.");
        }

        var named = Named(call, PersistentChatClient.UserProperty, key);
        return named is null || options.UserId is null || named == options.UserId
            ? new(store, named ?? options.UserId, false)
            : throw new ThreadAccessDeniedException(
                key, $"The call names a user ('{PersistentChatClient.UserProperty}') other than the one whom the client serves (PersistentChatOptions.UserId).");
    }

    private static string? Named(ChatOptions? call, string property, ThreadKey key)
        => call?.AdditionalProperties?.TryGetValue(property, out var value) is not true || value is null
            ? null
            : value as string ?? throw new ThreadAccessDeniedException(key, $"The property '{property}' of the call must be a string; it is of type {value.GetType()}.");
}
