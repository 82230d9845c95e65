namespace Holdfast.Backends.Tests;

/// <summary>The places to store into.</summary>
public enum Backend
{
    Memory,
    Files,
    Sqlite,
    Redis,
    RedisCluster,
    Postgres,
    DynamoDb,
}
