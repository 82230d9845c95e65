using System.Globalization;

namespace Holdfast;

/// <summary>The full name of a thread in a log: its space, the tenant that it belongs to, and its id.</summary>
/// <remarks>
/// Two keys are the same only if all parts are. A backend must encode them so that no two keys collide:
/// (<c>a:b</c>, <c>c</c>) and (<c>a</c>, <c>b:c</c>) are different threads.
/// </remarks>
public readonly record struct ThreadKey
{
    /// <summary>The longest tenant name, in bytes of UTF-8.</summary>
    public const int MaxTenantBytes = 128;

    private const char BeforeLife = '~';
    private const int LifeLength = 32;
    private readonly string? _tenant;

    private ThreadKey(ThreadSpace space, string tenant, ThreadId id)
    {
        Space = space;
        _tenant = tenant;
        Id = id;
    }

    /// <summary>The space; <see cref="ThreadSpace.Threads"/> for conversations and tasks.</summary>
    public ThreadSpace Space { get; }

    /// <summary>The tenant; empty for the default tenant.</summary>
    public string Tenant => _tenant ?? "";

    /// <summary>The id of the thread within its space and tenant.</summary>
    public ThreadId Id { get; }

    /// <summary>Makes the key of a thread of the default tenant.</summary>
    public static ThreadKey Of(ThreadId id) => Of("", id);

    /// <summary>Makes the key of a thread of <paramref name="tenant"/>.</summary>
    /// <exception cref="InvalidIdentifierException">The tenant is longer than 128 bytes or has control characters, or the id is <c>default</c>.</exception>
    public static ThreadKey Of(string tenant, ThreadId id) => Of(ThreadSpace.Threads, tenant, id);

    /// <summary>Makes the key of a thread of <paramref name="tenant"/> in <paramref name="space"/>.</summary>
    /// <param name="space">The space.</param>
    /// <param name="tenant">The tenant; empty for the default tenant.</param>
    /// <param name="id">The id. That of a trunk is the id of a thread, <c>~</c> and the 32 hexadecimal digits of a life.</param>
    /// <exception cref="InvalidIdentifierException">The tenant or the id cannot be used.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a space.</exception>
    public static ThreadKey Of(ThreadSpace space, string tenant, string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (space != ThreadSpace.Trunks)
        {
            return Of(space, tenant, ThreadId.Parse(id));
        }

        var key = new ThreadKey(space, CheckTenant(tenant), ThreadId.Unchecked(id));
        return key.TryGetTrunk(out var thread, out _) && Identifiers.Problem(thread.Id.Value) is null
            ? key
            : throw new InvalidIdentifierException("This is not the id of a trunk: the id of a thread, '~' and the 32 hexadecimal digits of a life.");
    }

    private static ThreadKey Of(ThreadSpace space, string tenant, ThreadId id)
    {
        _ = space.ToName();
        return id.Value.Length == 0
            ? throw new InvalidIdentifierException("The thread id cannot be empty.")
            : new ThreadKey(space, CheckTenant(tenant), id);
    }

    /// <summary>The key under which a thread is kept after it was erased while others still showed a part of it.</summary>
    /// <param name="key">The key that the thread had.</param>
    /// <param name="life">The life of the thread.</param>
    /// <exception cref="ArgumentException">The key is already that of a trunk.</exception>
    public static ThreadKey Trunk(ThreadKey key, CommitId life) => key.Space == ThreadSpace.Threads
        ? new(ThreadSpace.Trunks, key.Tenant, ThreadId.Unchecked($"{key.Id.Value}{BeforeLife}{life.Value:N}"))
        : throw new ArgumentException($"Only a thread of the space '{ThreadSpace.Threads.ToName()}' can become a trunk.", nameof(key));

    /// <summary>What the ids of all trunks of a thread begin with; those of some other threads do, too.</summary>
    internal static string TrunkPrefix(ThreadId id) => id.Value + BeforeLife;

    /// <summary>Takes the key of a trunk apart.</summary>
    /// <param name="key">The key that the thread had.</param>
    /// <param name="life">The life of the thread.</param>
    /// <returns>Whether this is the key of a trunk.</returns>
    public bool TryGetTrunk(out ThreadKey key, out CommitId life)
    {
        (key, life) = (default, default);
        var id = Id.Value;
        var end = id.Length - LifeLength - 1;
        if (Space != ThreadSpace.Trunks || end < 1 || id[end] != BeforeLife || !Guid.TryParseExact(id.AsSpan(end + 1), "N", out var guid))
        {
            return false;
        }

        (key, life) = (new(ThreadSpace.Threads, Tenant, ThreadId.Unchecked(id[..end])), new(guid));
        return string.Equals(id[(end + 1)..], guid.ToString("N", CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    /// <summary>Returns <paramref name="tenant"/> if it can name a tenant, and throws otherwise.</summary>
    internal static string CheckTenant(string tenant)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return Identifiers.Problem(tenant, MaxTenantBytes) is { } problem
            ? throw new InvalidIdentifierException($"This tenant cannot be used: {problem}.")
            : tenant;
    }

    /// <inheritdoc/>
    public override string ToString()
        => (Space == ThreadSpace.Threads ? "" : Space.ToName() + "/") + (Tenant.Length == 0 ? Id.Value : $"{Tenant}:{Id.Value}");
}
