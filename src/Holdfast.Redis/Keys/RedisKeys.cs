using StackExchange.Redis;

namespace Holdfast.Redis.Keys;

/// <summary>The names of all keys.</summary>
/// <remarks>
/// Both keys of a thread have the same text in braces, <c>holdfast:{tenant:id}:head</c> and <c>:log</c>, so that a cluster keeps them in one slot; so have all
/// keys of a tenant's index, <c>holdfast:index:{t:tenant}:…</c>.
/// </remarks>
internal sealed class RedisKeys(string prefix)
{
    private const string HeadEnd = "}:head";

    /// <summary>The sorted set of all tenants.</summary>
    public RedisKey Tenants { get; } = prefix + "index:tenants";

    /// <summary>A pattern of SCAN for the heads of all threads; <see cref="ReadHead"/> sorts out what else it matches.</summary>
    public string HeadPattern { get; } = KeyText.EscapePattern(prefix) + "{*" + HeadEnd;

    public RedisKey Head(ThreadKey key) => Slot(key) + ":head";

    public RedisKey Log(ThreadKey key) => Slot(key) + ":log";

    /// <summary>The stream that becomes the log at the end of a rewrite.</summary>
    public RedisKey Copy(ThreadKey key, Guid rewrite) => $"{Slot(key)}:rewrite:{rewrite:N}";

    /// <summary>The first of the keys of a tenant's index; scripts derive the others from it.</summary>
    public RedisKey Index(string tenant) => IndexBase(tenant) + "threads";

    /// <summary>The key of a tenant's index that every commit changes.</summary>
    public RedisKey Updated(string tenant) => IndexBase(tenant) + "updated";

    /// <summary>Which thread a key is the head of; null if it is none.</summary>
    public ThreadKey? ReadHead(string name)
    {
        var start = prefix.Length + 1;
        if (!name.StartsWith(prefix + "{", StringComparison.Ordinal) || !name.EndsWith(HeadEnd, StringComparison.Ordinal) || name.Length < start + HeadEnd.Length)
        {
            return null;
        }

        var inner = name[start..^HeadEnd.Length];
        var colon = inner.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || KeyText.Unescape(inner[..colon]) is not { } tenant || KeyText.Unescape(inner[(colon + 1)..]) is not { } text || !ThreadId.TryParse(text, out var id))
        {
            return null;
        }

        ThreadKey key;
        try
        {
            key = ThreadKey.Of(tenant, id);
        }
        catch (InvalidIdentifierException)
        {
            return null;
        }

        return (string?)Head(key) == name ? key : null;
    }

    private string IndexBase(string tenant) => $"{prefix}index:{{t:{KeyText.EscapeTenant(tenant)}}}:";

    private string Slot(ThreadKey key) => $"{prefix}{{{KeyText.EscapeTenant(key.Tenant)}:{KeyText.EscapeId(key.Id.Value)}}}";
}
