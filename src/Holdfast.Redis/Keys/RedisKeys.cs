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
    private const string LogEnd = "}:log";
    private const string ThreadsEnd = "}:threads";

    /// <summary>The sorted set of all tenants.</summary>
    public RedisKey Tenants { get; } = prefix + "index:tenants";

    /// <summary>A pattern of SCAN for the heads of all threads; <see cref="ReadHead"/> sorts out what else it matches.</summary>
    public string HeadPattern { get; } = KeyText.EscapePattern(prefix) + "{*" + HeadEnd;

    public RedisKey Head(ThreadKey key) => Slot(key) + ":head";

    public RedisKey Log(ThreadKey key) => Slot(key) + ":log";

    /// <summary>The stream that becomes the log at the end of a rewrite.</summary>
    public RedisKey Copy(ThreadKey key, Guid rewrite) => $"{Slot(key)}:rewrite:{rewrite:N}";

    /// <summary>The hash of what a tenant's index says of each thread; scripts derive the base of the others from it.</summary>
    public RedisKey Index(string tenant) => IndexBase(tenant) + "threads";

    /// <summary>The key of a tenant's index that every commit changes.</summary>
    public RedisKey Updated(string tenant) => IndexBase(tenant) + "updated";

    public RedisKey Ids(string tenant) => IndexBase(tenant) + "ids";

    public RedisKey Expires(string tenant) => IndexBase(tenant) + "expires";

    /// <summary>The threads that have a term.</summary>
    public RedisKey Term(string tenant, RedisValue term) => ((RedisKey)(IndexBase(tenant) + "term:")).Append((byte[])term!);

    /// <summary>The four keys of a tenant's index that writing a thread to it takes, besides those of its terms.</summary>
    public RedisKey[] WholeIndex(string tenant) => [Index(tenant), Ids(tenant), Updated(tenant), Expires(tenant)];

    /// <summary>Which thread a key is the head of; null if it is none.</summary>
    public ThreadKey? ReadHead(string name) => ReadThread(name, HeadEnd);

    /// <summary>Which thread a key belongs to; null if it belongs to none.</summary>
    public ThreadKey? ReadThread(string name) => ReadThread(name, HeadEnd) ?? ReadThread(name, LogEnd);

    /// <summary>What kind of data Holdfast keeps in a key, in the words of the command TYPE.</summary>
    public string KindOf(string name)
    {
        if (name.StartsWith(prefix + "{", StringComparison.Ordinal))
        {
            return name.EndsWith(HeadEnd, StringComparison.Ordinal) ? "hash" : "stream";
        }

        var end = name.IndexOf('}', prefix.Length);
        return end >= 0 && name[end..] == ThreadsEnd ? "hash" : "zset";
    }

    private ThreadKey? ReadThread(string name, string ending)
    {
        var start = prefix.Length + 1;
        if (!name.StartsWith(prefix + "{", StringComparison.Ordinal) || !name.EndsWith(ending, StringComparison.Ordinal) || name.Length < start + ending.Length)
        {
            return null;
        }

        var inner = name[start..^ending.Length];
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

        return Slot(key) + ending[1..] == name ? key : null;
    }

    private string IndexBase(string tenant) => $"{prefix}index:{{t:{KeyText.EscapeTenant(tenant)}}}:";

    private string Slot(ThreadKey key) => $"{prefix}{{{KeyText.EscapeTenant(key.Tenant)}:{KeyText.EscapeId(key.Id.Value)}}}";
}
