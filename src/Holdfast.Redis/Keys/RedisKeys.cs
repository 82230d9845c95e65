using StackExchange.Redis;

namespace Holdfast.Redis.Keys;

/// <summary>The names of all keys.</summary>
/// <remarks>
/// All keys of a thread have the same text in braces, so that a cluster keeps them in one slot: <c>holdfast:{tenant:id}:head</c> for a thread of the space of
/// threads, <c>holdfast:{space/tenant:id}:head</c> for another. A trunk has the braces of the thread that it was, <c>holdfast:{tenant:id}~life:head</c>, so that
/// it becomes one by renaming. So have all keys of an index: <c>holdfast:index:{t:tenant}:…</c>, or <c>{space:tenant}</c>.
/// </remarks>
internal sealed class RedisKeys(string prefix)
{
    private const string HeadEnd = ":head";
    private const string LogEnd = ":log";
    private const string PinsEnd = ":pins";
    private const string ThreadsEnd = "}:threads";

    /// <summary>A pattern of SCAN for the heads of all threads; <see cref="ReadHead"/> sorts out what else it matches.</summary>
    public string HeadPattern { get; } = KeyText.EscapePattern(prefix) + "{*" + HeadEnd;

    public RedisKey Head(ThreadKey key) => Base(key) + HeadEnd;

    public RedisKey Log(ThreadKey key) => Base(key) + LogEnd;

    /// <summary>The hash of a thread's pins, by the life of the thread that shows the versions.</summary>
    public RedisKey Pins(ThreadKey key) => Base(key) + PinsEnd;

    /// <summary>Head, log and pins.</summary>
    public RedisKey[] Whole(ThreadKey key)
    {
        var name = Base(key);
        return [name + HeadEnd, name + LogEnd, name + PinsEnd];
    }

    /// <summary>The stream that becomes the log at the end of a rewrite.</summary>
    public RedisKey Copy(ThreadKey key, Guid rewrite) => $"{Base(key)}:rewrite:{rewrite:N}";

    /// <summary>The sorted set of all tenants that have threads in a space.</summary>
    public RedisKey Tenants(ThreadSpace space) => $"{prefix}index:tenants{(space == ThreadSpace.Threads ? "" : ":" + space.ToName())}";

    /// <summary>The hash of what an index says of each thread; scripts derive the base of the others from it.</summary>
    public RedisKey Index(IndexScope scope) => IndexBase(scope) + "threads";

    /// <summary>The key of an index that every commit changes.</summary>
    public RedisKey Updated(IndexScope scope) => IndexBase(scope) + "updated";

    public RedisKey Ids(IndexScope scope) => IndexBase(scope) + "ids";

    public RedisKey Expires(IndexScope scope) => IndexBase(scope) + "expires";

    public RedisKey Due(IndexScope scope) => IndexBase(scope) + "due";

    /// <summary>The threads that have a term.</summary>
    public RedisKey Term(IndexScope scope, RedisValue term) => ((RedisKey)(IndexBase(scope) + "term:")).Append((byte[])term!);

    /// <summary>The keys of an index that writing a thread to it takes, besides those of its terms.</summary>
    public RedisKey[] WholeIndex(IndexScope scope) => [Index(scope), Ids(scope), Updated(scope), Expires(scope), Due(scope)];

    /// <summary>Which thread a key is the head of; null if it is none.</summary>
    public ThreadKey? ReadHead(string name) => ReadThread(name, HeadEnd);

    /// <summary>Which thread a key belongs to; null if it belongs to none.</summary>
    public ThreadKey? ReadThread(string name) => ReadThread(name, HeadEnd) ?? ReadThread(name, LogEnd) ?? ReadThread(name, PinsEnd);

    /// <summary>What kind of data Holdfast keeps in a key, in the words of the command TYPE.</summary>
    public string KindOf(string name)
    {
        if (name.StartsWith(prefix + "{", StringComparison.Ordinal))
        {
            return name.EndsWith(HeadEnd, StringComparison.Ordinal) || name.EndsWith(PinsEnd, StringComparison.Ordinal) ? "hash" : "stream";
        }

        var end = name.IndexOf('}', prefix.Length);
        return end >= 0 && name[end..] == ThreadsEnd ? "hash" : "zset";
    }

    private ThreadKey? ReadThread(string name, string ending)
    {
        var start = prefix.Length + 1;
        var end = name.IndexOf('}', Math.Min(start, name.Length));
        if (end < 0 || !name.StartsWith(prefix + "{", StringComparison.Ordinal) || !name.EndsWith(ending, StringComparison.Ordinal) || name.Length - ending.Length < end + 1)
        {
            return null;
        }

        try
        {
            return KeyText.ReadName(name[start..end]) is { } key && WithLife(key, name[(end + 1)..^ending.Length]) is { } found && Base(found) + ending == name ? found : null;
        }
        catch (InvalidIdentifierException)
        {
            return null;
        }
    }

    // What stands between the braces and the ending: nothing, or the life of a trunk.
    private static ThreadKey? WithLife(ThreadKey key, string life)
        => life.Length == 0 ? key
            : key.Space == ThreadSpace.Threads && life[0] == '~' ? ThreadKey.Of(ThreadSpace.Trunks, key.Tenant, key.Id.Value + life)
            : null;

    private string Base(ThreadKey key)
        => key.TryGetTrunk(out var thread, out var life) ? $"{prefix}{{{KeyText.WriteName(thread)}}}~{life.Value:N}" : $"{prefix}{{{KeyText.WriteName(key)}}}";

    private string IndexBase(IndexScope scope)
        => $"{prefix}index:{{{(scope.Space == ThreadSpace.Threads ? "t" : scope.Space.ToName())}:{KeyText.EscapeTenant(scope.Tenant)}}}:";
}
