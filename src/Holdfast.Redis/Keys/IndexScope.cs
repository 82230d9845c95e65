namespace Holdfast.Redis.Keys;

/// <summary>The threads that share one index: those of a tenant in a space.</summary>
internal readonly record struct IndexScope(ThreadSpace Space, string Tenant)
{
    public static IndexScope Of(ThreadKey key) => new(key.Space, key.Tenant);
}
