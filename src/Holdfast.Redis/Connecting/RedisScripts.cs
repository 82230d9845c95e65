namespace Holdfast.Redis.Connecting;

/// <summary>Every script; what their keys and arguments are is said in the files.</summary>
internal static class RedisScripts
{
    /// <summary>Appends and keeps the index, in one step; where all keys are within reach of one server.</summary>
    public static RedisScript AppendIndexed { get; } = RedisScript.Of("append", "append", "append-index-begin", "index", "append-index-end");

    /// <summary>Appends; the index is elsewhere.</summary>
    public static RedisScript AppendAlone { get; } = RedisScript.Of("append", "append", "append-alone");

    public static RedisScript Head { get; } = RedisScript.Of("read the head", "head");

    public static RedisScript Tail { get; } = RedisScript.Of("read the tail", "tail");

    public static RedisScript Read { get; } = RedisScript.Of("read", "read");

    public static RedisScript Expire { get; } = RedisScript.Of("set the expiry", "index", "expire");

    public static RedisScript Erase { get; } = RedisScript.Of("erase", "index", "erase");

    public static RedisScript IndexTouch { get; } = RedisScript.Of("keep the index", "index", "index-touch");

    public static RedisScript IndexPut { get; } = RedisScript.Of("write the index", "index", "index-put");

    public static RedisScript IndexExpire { get; } = RedisScript.Of("write the index", "index", "index-expire");

    public static RedisScript IndexForget { get; } = RedisScript.Of("write the index", "index", "index-forget");

    public static RedisScript IndexFind { get; } = RedisScript.Of("list", "index", "index-find");

    public static RedisScript RewriteState { get; } = RedisScript.Of("rewrite", "rewrite-state");

    public static RedisScript RewriteTrim { get; } = RedisScript.Of("rewrite", "rewrite-trim");

    public static RedisScript RewriteCopy { get; } = RedisScript.Of("rewrite", "rewrite-copy");
}
