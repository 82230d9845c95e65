using StackExchange.Redis;

namespace Holdfast.Redis.Indexing;

/// <summary>What the index said to a touch.</summary>
/// <param name="Agrees">Whether it agrees with the commit now.</param>
/// <param name="LaterScore">The score of a later update that it has; empty for none.</param>
internal readonly record struct TouchAnswer(bool Agrees, RedisValue LaterScore)
{
    /// <summary>The answer for a commit that the index was not touched for.</summary>
    public static TouchAnswer None => new(false, "");

    public static TouchAnswer Read(RedisValue answer) => answer == "agrees" ? new(true, "") : new(false, answer);
}
