using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>What the server said to one append.</summary>
internal static class AppendAnswer
{
    private const int Appended = 1, Duplicate = 2, Conflict = 3;

    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    public static AppendResult Read(RedisResult[] answer, ThreadKey key) => (int)answer[0] switch
    {
        Appended => AppendResult.Appended((long)answer[1]),
        Duplicate => AppendResult.Duplicate((long)answer[1]),
        Conflict => AppendResult.Conflict((long)answer[1]),
        _ => throw new CorruptStateException(key, 0, $"{(string?)answer[1]}. Did the server evict keys? docs/redis.md tells how to keep it from doing so."),
    };
}
