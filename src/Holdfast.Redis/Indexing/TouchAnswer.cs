using StackExchange.Redis;

namespace Holdfast.Redis.Indexing;

/// <summary>What the index said to a touch.</summary>
/// <param name="Agrees">Whether it agrees with the commit now.</param>
/// <param name="LaterScore">The score of a later update that it has; empty for none.</param>
/// <param name="Terms">The terms that it has for the thread, if they are not those of the commit.</param>
internal readonly record struct TouchAnswer(bool Agrees, RedisValue LaterScore, RedisValue Terms)
{
    /// <summary>The answer for a commit that the index was not touched for.</summary>
    public static TouchAnswer None => new(false, "", "");

    public static TouchAnswer Read(RedisResult answer) => (RedisValue[])answer! switch
    {
        [var first, ..] when first == "agrees" => new(true, "", ""),
        [var first, var score] when first == "later" => new(false, score, ""),
        [_, var terms] => new(false, "", terms),
        _ => None,
    };
}
