namespace Holdfast.Redis.Connecting;

/// <summary>Every script; what their keys and arguments are is said in the files.</summary>
internal static class RedisScripts
{
    /// <summary>Appends and keeps the index, in one step; where all keys are within reach of one server.</summary>
    public static RedisScript AppendIndexed { get; } = RedisScript.Of("append", "time", "append", "append-index-begin", "index", "append-index-end");

    /// <summary>Appends; the index is elsewhere.</summary>
    public static RedisScript AppendAlone { get; } = RedisScript.Of("append", "time", "append", "append-alone");

    public static RedisScript Head { get; } = RedisScript.Of("read the head", "head");

    public static RedisScript Tail { get; } = RedisScript.Of("read the tail", "slices", "tail");

    public static RedisScript Read { get; } = RedisScript.Of("read", "slices", "read");

    public static RedisScript Update { get; } = RedisScript.Of("update the head", "time", "index", "update");

    public static RedisScript Erase { get; } = RedisScript.Of("erase", "time", "index", "erase");

    public static RedisScript Trunk { get; } = RedisScript.Of("keep as a trunk", "time", "index", "trunk");

    public static RedisScript IndexTouch { get; } = RedisScript.Of("keep the index", "time", "index", "index-touch");

    public static RedisScript IndexPut { get; } = RedisScript.Of("write the index", "time", "index", "index-put");

    public static RedisScript IndexExpire { get; } = RedisScript.Of("write the index", "time", "index", "index-expire");

    public static RedisScript IndexForget { get; } = RedisScript.Of("write the index", "time", "index", "index-forget");

    public static RedisScript IndexFind { get; } = RedisScript.Of("list", "time", "index", "index-find");

    public static RedisScript RewriteState { get; } = RedisScript.Of("rewrite", "rewrite-state");

    public static RedisScript RewriteTrim { get; } = RedisScript.Of("rewrite", "rewrite", "rewrite-trim");

    public static RedisScript RewriteCopy { get; } = RedisScript.Of("rewrite", "time", "rewrite", "rewrite-copy");
}
