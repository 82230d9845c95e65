namespace Holdfast;

/// <summary>The full name of a thread in a log: the tenant that it belongs to, and its id.</summary>
/// <remarks>
/// Two keys are the same only if both parts are. A backend must encode the pair so that no two keys meet:
/// (<c>a:b</c>, <c>c</c>) and (<c>a</c>, <c>b:c</c>) are different threads.
/// </remarks>
public readonly record struct ThreadKey
{
    /// <summary>The longest tenant name, in bytes of UTF-8.</summary>
    public const int MaxTenantBytes = 128;

    private const string UserSpace = "$users/";
    private readonly string? _tenant;

    private ThreadKey(string tenant, ThreadId id)
    {
        _tenant = tenant;
        Id = id;
    }

    /// <summary>The tenant; empty for the default tenant.</summary>
    public string Tenant => _tenant ?? "";

    /// <summary>The id of the thread within its tenant.</summary>
    public ThreadId Id { get; }

    /// <summary>Makes the key of a thread of the default tenant.</summary>
    public static ThreadKey Of(ThreadId id) => Of("", id);

    /// <summary>Makes the key of a thread of <paramref name="tenant"/>.</summary>
    /// <exception cref="InvalidIdentifierException">The tenant is longer than 128 bytes or has control characters, or the id is <c>default</c>.</exception>
    public static ThreadKey Of(string tenant, ThreadId id)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        if (id.Value.Length == 0)
        {
            throw new InvalidIdentifierException("The thread id cannot be empty.");
        }

        return Identifiers.Problem(tenant, MaxTenantBytes + UserSpace.Length) is { } problem
            ? throw new InvalidIdentifierException($"This tenant cannot be used: {problem}.")
            : new ThreadKey(tenant, id);
    }

    /// <summary>The thread that holds what all threads of one user share; it lives beside the tenant's own threads, where no listing meets it.</summary>
    internal static ThreadKey OfUser(string tenant, string userId)
        => new(UserTenant(tenant), ThreadId.Parse(userId));

    /// <summary>The tenant in which the variables of a tenant's users are kept.</summary>
    internal static string UserTenant(string tenant) => UserSpace + tenant;

    /// <summary>Whether the thread holds the variables of a user.</summary>
    internal bool IsUserSpace => Tenant.StartsWith(UserSpace, StringComparison.Ordinal);

    /// <summary>Returns <paramref name="tenant"/> if users may use it, and throws otherwise.</summary>
    internal static string CheckTenant(string tenant)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        if (tenant.StartsWith('$'))
        {
            throw new InvalidIdentifierException("A tenant cannot begin with '$': these names are kept for internal use.");
        }

        return Identifiers.Problem(tenant, MaxTenantBytes) is { } problem
            ? throw new InvalidIdentifierException($"This tenant cannot be used: {problem}.")
            : tenant;
    }

    /// <inheritdoc/>
    public override string ToString() => Tenant.Length == 0 ? Id.Value : $"{Tenant}:{Id.Value}";
}
