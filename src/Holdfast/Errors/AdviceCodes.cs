namespace Holdfast;

/// <summary>The codes of <see cref="Advice"/> that Holdfast and its backends give. They are listed in <c>docs/advice.md</c> and do not change.</summary>
public static class AdviceCodes
{
    /// <summary>Threads expire, and nothing removes them.</summary>
    public const string ExpiryWithoutCleanup = "expiry-without-cleanup";

    /// <summary>A host in production stores into the memory of its process.</summary>
    public const string NotDurable = "not-durable";

    /// <summary>The backend is so far away that every commit waits for it noticeably.</summary>
    public const string SlowRoundTrip = "slow-round-trip";

    /// <summary>A web application begins threads that belong to no user.</summary>
    public const string NoUserScope = "no-user-scope";

    /// <summary>Files that several processes lock are on a network file system.</summary>
    public const string NetworkFileSystem = "network-file-system";

    /// <summary>Redis keeps no append-only file.</summary>
    public const string RedisAppendOnly = "redis-append-only";

    /// <summary>Redis acknowledges commits before they are on the disk.</summary>
    public const string RedisFsync = "redis-fsync";

    /// <summary>Redis may evict threads when memory is short.</summary>
    public const string RedisEviction = "redis-eviction";

    /// <summary>PostgreSQL acknowledges commits before they are on the disk.</summary>
    public const string PostgresDurability = "postgres-durability";

    /// <summary>Statements are prepared, and there is a pooler before PostgreSQL.</summary>
    public const string PostgresPooler = "postgres-pooler";

    /// <summary>A DynamoDB table has no point-in-time recovery.</summary>
    public const string DynamoDbRecovery = "dynamodb-recovery";
}
